import { describe, expect, test } from 'vitest';
import {
  classes,
  learnerId,
  newcomer,
  setupSmartAssessor,
  ways,
} from '../../../../test/support/smart-assessor-client.ts';
import { toWord } from '../../../../test/support/smart-assessor-essentials.ts';

const [, , soap] = ways;

describe('the answers of soap-g1', () => {
  const head = '<?xml version="1.0"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body>';
  const foot = '</e:Body></e:Envelope>';
  const listOf = (inner: string) =>
    `${head}<r:GetAllLearnerDetailResponse xmlns:r="urn:x"><r:GetAllLearnerDetailResult>${inner}</r:GetAllLearnerDetailResult></r:GetAllLearnerDetailResponse>${foot}`;

  async function listed(body: string) {
    const site = setupSmartAssessor(soap, { size: 'empty' });
    site.rule({ type: 'answer', status: 200, body }, {}, { times: null });
    return site.call('read-learners', { includeArchived: true });
  }
  const named = (name: string) =>
    `<r:Learner><r:SmartAssessorId>{1ACD456D-8C17-4821-BB5B-8BAB3241D0CB}</r:SmartAssessorId><r:FamilyName>${name}</r:FamilyName><r:Password>canary</r:Password></r:Learner>`;

  test.each([
    ['a plain name', named('Okafor'), 'Okafor'],
    [
      'the entities of XML and numbers',
      named('O&apos;K &amp; &lt;D&gt; &#233;&#x2019;'),
      'O’K'.replace('O’K', "O'K & <D> é’"),
    ],
    ['CDATA', named('a<![CDATA[<b>&amp;</b>]]>c'), 'a<b>&amp;</b>c'],
    ['nothing', named(''), null],
    ['a comment', named('<!-- no -->Ng'), 'Ng'],
  ])('%s is read as it is meant', async (_title, inner, expected) => {
    const answer = await listed(listOf(inner));
    expect(answer).toMatchObject({
      kind: 'ok',
      value: { records: [{ id: learnerId, familyName: expected }] },
    });
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  test.each([
    ['a document type', `<!DOCTYPE x [<!ENTITY a "b">]>${listOf(named('&a;'))}`],
    ['a document type that is not used', listOf(named('Ng')).replace('?>', '?><!DOCTYPE x>')],
    ['an entity that XML does not have', listOf(named('&nbsp;'))],
    ['an entity of the language of programs', listOf(named('&constructor;'))],
    ['elements that are not closed', listOf('<r:Learner>')],
    ['an element with the name of a prototype', listOf('<r:Learner><__proto__>x</__proto__></r:Learner>')],
    ['elements too deep', listOf(`<r:Learner>${'<a>'.repeat(60)}${'</a>'.repeat(60)}</r:Learner>`)],
    ['elements too deep outside of records', listOf(`${'<a>'.repeat(60)}${'</a>'.repeat(60)}`)],
    ['JSON', '[]'],
    ['half a document', listOf(named('Ng')).slice(0, -30)],
  ])('%s is no answer', async (_title, body) => {
    expect(toWord(await listed(body))).toBe('unreachable cut');
  });

  test('an answer of another operation is no list', async () => {
    expect(toWord(await listed(`${head}<OtherResponse/>${foot}`))).toBe('rejected unreadable');
  });

  test('a list in which a row has no id is incomplete, and a look-up in it concludes nothing', async () => {
    const body = listOf(`${named('Ng')}<r:Learner><r:SmartAssessorId/></r:Learner>`);
    expect(await listed(body)).toMatchObject({ kind: 'ok', value: { isComplete: false } });
    const site = setupSmartAssessor(soap, { size: 'empty' });
    site.rule({ type: 'answer', status: 200, body }, {}, { times: null });
    expect(toWord(await site.call('find-learner', { misId: '1' }))).toBe('rejected unreadable');
    expect(await site.ok('read-learner', { id: learnerId })).toMatchObject({ familyName: 'Ng' });
  });

  test('what a learner is on is complete only if both of its lists are', async () => {
    const row = (inner: string) => `<r:CourseProgress>${inner}</r:CourseProgress>`;
    const whole = row(
      `<r:LearnerSmartAssessorId>${learnerId}</r:LearnerSmartAssessorId><r:SmartAssessorId>c1</r:SmartAssessorId>`,
    );
    const broken = row('<r:SmartAssessorId>c2</r:SmartAssessorId>');
    const bodyOf = (operation: string, inner: string) =>
      `${head}<r:${operation}Response xmlns:r="urn:x"><r:${operation}Result>${inner}</r:${operation}Result></r:${operation}Response>${foot}`;
    const results = [];
    for (const [links, figures] of [
      [whole, whole],
      [whole + broken, whole],
      [whole, whole + broken],
    ] as const) {
      const site = setupSmartAssessor(soap, { size: 'empty' });
      site.rule({ type: 'answer', status: 200, body: bodyOf('GetLearnerCourseDetail', links) });
      site.rule({ type: 'answer', status: 200, body: bodyOf('GetCourseProgressDetail', figures) });
      const { records, isComplete } = await site.ok('read-learner-courses', {});
      results.push([records.length, isComplete]);
    }
    expect(results).toEqual([
      [1, true],
      [1, false],
      [1, false],
    ]);
  });

  test.each([
    ['Key', 'Sender', 'unauthorized key', 'unauthorized key'],
    ['Validation', 'Sender', 'rejected invalid-field', 'rejected invalid-field'],
    ['NotFound', 'Sender', 'rejected missing', 'rejected missing'],
    ['Duplicate', 'Sender', 'rejected duplicate-mis-id', 'rejected duplicate-mis-id'],
    ['Inactive', 'Sender', 'rejected course-inactive', 'rejected course-inactive'],
    ['Matching', 'Sender', 'rejected queued-for-matching', 'rejected queued-for-matching'],
    [undefined, 'Sender', 'rejected other', 'rejected other'],
    [undefined, 'Receiver', 'unreachable status', 'unknown'],
    ['Novel', 'Receiver', 'unreachable status', 'unknown'],
  ])(
    'a fault %s of the %s: a read is %s, a create %s, with either status',
    async (subcode, code, read, created) => {
      for (const status of ['500', 'by-code']) {
        const site = setupSmartAssessor(soap, { switches: { 'g1-fault-status': status } });
        site.rule(
          { type: 'soap-fault', code, ...(subcode === undefined ? {} : { subcode }) },
          {},
          { times: null },
        );
        expect(toWord(await classes.read(site))).toBe(read);
        expect(toWord(await classes.guarded(site))).toBe(created);
      }
    },
  );

  test('the text of a fault is for administrators: it names our fields, and is never logged', async () => {
    const reason = 'FamilyName: Okafor is not allowed. Mobile: 07700 900123';
    const fault = `<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>Validation</e:Value></e:Subcode></e:Code><e:Reason><e:Text>${reason}</e:Text></e:Reason></e:Fault>`;
    const site = setupSmartAssessor(soap);
    site.rule({ type: 'answer', status: 500, body: `${head}${fault}${foot}` });
    expect(await classes.guarded(site)).toEqual({
      kind: 'rejected',
      code: 'invalid-field',
      fields: ['familyName', 'mobile'],
      detail: reason,
    });
    expect(site.lines.join()).not.toMatch(/Okafor|07700/);
    expect(site.lines.join()).toContain('InserLearnerDetail');
  });

  test("the partner's id has the name that the site gives it", async () => {
    const site = setupSmartAssessor(soap, {
      connection: {
        site: {
          capabilities: { ...setupSmartAssessor(soap).port.contract.capabilities },
          g1: {
            path: '/soap/g1',
            namespace: 'urn:smart-assessor:g1',
            partnerIdName: 'LarkfieldId',
            misIdForm: 'text',
          },
        },
      },
    });
    await site.call('create-learner', newcomer);
    const [call] = site.calls();
    expect(call?.body).toContain('<LarkfieldId>501</LarkfieldId>');
    expect(call?.body).not.toContain('PartnerId');
  });
});
