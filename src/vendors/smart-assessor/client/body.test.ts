import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBody } from './body.ts';

const json = { format: 'json', recordElements: [] } as const;
const xml = { format: 'xml', recordElements: ['Learner'] } as const;

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
  expect(parseBody(inJson, json)).toEqual({ kind: 'value', value: rows });
  expect(parseBody(inXml, xml)).toEqual({
    kind: 'value',
    value: { Envelope: { Body: { Result: { Learner: rows } } } },
  });
});

test('elements that are cut out as records are read as others are', () => {
  expect(parseBody(inXml, { ...xml, recordElements: [] })).toEqual(parseBody(inXml, xml));
});

test('a list that is cut anywhere is no list (property)', () => {
  const cases = [
    [inJson, json],
    [inXml, xml],
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
        for (const form of [json, xml])
          expect(['value', 'nothing', 'unreadable']).toContain(parseBody(text, form).kind);
      },
    ),
    property,
  );
});
