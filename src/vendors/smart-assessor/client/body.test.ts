import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBody } from './body.ts';

/** Printed when a property fails, so that the case can be repeated. */
const property = { seed: Number(process.env['SEED'] ?? Date.now() % 1_000_000), numRuns: 300 };

const rows = [
  { Id: '1', FamilyName: "O'Kafor & <Daughter>", Address: { Line: 'é' } },
  { Id: '2', FamilyName: '', Address: { Line: ']]>' } },
];
const inJson = JSON.stringify(rows);
const inXml = `<?xml version="1.0"?><e:Envelope xmlns:e="x"><e:Body><Result>${rows
  .map(
    ({ Id, FamilyName, Address }) =>
      `<s:Learner xmlns:s="y" a="b"><s:Id>${Id}</s:Id><s:FamilyName>${FamilyName.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</s:FamilyName><s:Address><s:Line><![CDATA[${Address.Line.replace(']]>', ']]]]><![CDATA[>')}]]></s:Line></s:Address></s:Learner>`,
  )
  .join('\n')}</Result></e:Body></e:Envelope>`;

test('XML becomes what JSON is', () => {
  expect(parseBody(inJson, 'json')).toEqual({ kind: 'value', value: rows });
  expect(parseBody(inXml, 'xml')).toEqual({
    kind: 'value',
    value: { Envelope: { Body: { Result: { Learner: rows } } } },
  });
});

/** What comes of an element with this content; null = it is not read. */
function contentOf(content: string): unknown {
  const body = parseBody(`<r>${content}</r>`, 'xml');
  return body.kind === 'value' ? (body.value as { r: unknown }).r : null;
}

test('an element is its text or a row of its children; several of one name are a list', () => {
  for (const [content, value] of [
    ['', ''],
    [' a b ', ' a b '],
    ['a<!-- no -- ><x/> --><?no >?>b<![CDATA[<&amp;]]]]>', null],
    ['a<!-- <x/> & --><?no <&> ?>b<![CDATA[<&amp;]]]]>', 'ab<&amp;]]'],
    ['&lt;&#65;&#x41;&amp;amp;', '<AA&amp;'],
    ['<a/>', { a: '' }],
    ['<n:a x="1" y = \'"&gt;>\' ></n:a >', { a: '' }],
    ['\n <a>1</a>\n <b/> text <a>2</a>\n', { a: ['1', '2'], b: '' }],
    ['<a><b>1</b></a><a/>', { a: [{ b: '1' }, ''] }],
    ['<toString>1</toString>', { toString: '1' }],
  ] as readonly (readonly [string, unknown])[])
    expect([content, contentOf(content)]).toEqual([content, value]);
});

test('what is not well formed, or not allowed, is no answer', () => {
  for (const content of [
    '<a>',
    '</a>',
    '<a></b>',
    '<a></aa>',
    '<n:a></a>',
    '<a></n:a>',
    '<a',
    '< a/>',
    '<a / >',
    '<1/>',
    '<n:/>',
    '<a:b:c/>',
    '<a b/>',
    '<a b=c/>',
    '<a b="<"/>',
    '<a b="1"c="2"/>',
    '<a b="1" b="2"/>',
    '&',
    '&amp',
    '&nbsp;',
    '&#xd800;',
    '&#x110000;',
    '<![CDATA[',
    '<!-- -- -->',
    '<!ELEMENT a ANY>',
    '<!doctype a>',
    '<?x',
    '<__proto__/>',
  ])
    expect([content, contentOf(content)]).toEqual([content, null]);
  const withType = '<!DOCTYPE r [<!ENTITY e "e">]><r>&e;</r>';
  for (const text of [withType, '<r/><r/>', '<r/>text', 'text<r/>', '<!-- -->', '{}'])
    expect([text, parseBody(text, 'xml').kind]).toEqual([text, 'unreadable']);
  expect(parseBody('<?xml version="1.0"?>\n<!-- --><r/>\n<!-- -->\n', 'xml').kind).toBe('value');
});

test('an element that holds a record is read when it ends, and what has its name inside is a part of it', () => {
  const records = { element: 'Learner', read: (value: unknown) => ({ read: value }) };
  const text = '<r><l:Learner xmlns:l="y"><Id>1</Id><Learner>a</Learner></l:Learner><Id>2</Id><Learner/></r>';
  const value = { r: { Learner: [{ read: { Id: '1', Learner: 'a' } }, { read: '' }], Id: '2' } };
  expect(parseBody(text, 'xml', records)).toEqual({ kind: 'value', value });
  expect(parseBody(inXml, 'xml', { ...records, read: (row) => row })).toEqual(parseBody(inXml, 'xml'));
});

test('elements nest 32 deep and no deeper', () => {
  const nested = (depth: number): string => `${'<a>'.repeat(depth)}1${'</a>'.repeat(depth)}`;
  expect(parseBody(nested(32), 'xml').kind).toBe('value');
  for (const depth of [33, 100_000]) expect(parseBody(nested(depth), 'xml').kind).toBe('unreadable');
});

test('a list that is cut anywhere is no list (property)', () => {
  const cases = [
    [inJson, 'json'],
    [inXml, 'xml'],
  ] as const;
  for (const [text, form] of cases)
    for (let length = 0; length < text.length; length += 1) {
      const { kind } = parseBody(text.slice(0, length), form);
      expect([length, kind === 'value']).toEqual([length, false]);
    }
});

test('whatever comes is read or is no answer, and never throws (property)', () => {
  const pieces = fc.constantFrom(
    '<Learner>',
    '</Learner>',
    '<a b="c">',
    '</a>',
    '<![CDATA[',
    ']]>',
    '&amp;',
    '&#0;',
    '&#x110000;',
    '<!--',
    '-->',
    '<?x?>',
    'text',
    '<',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map((some) => some.join('')),
      ),
      (text) => {
        for (const form of ['json', 'xml'] as const)
          expect(['value', 'nothing', 'unreadable']).toContain(parseBody(text, form).kind);
      },
    ),
    property,
  );
});
