import { Anchor, Button, Group, List, Modal, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { Me, RunView as Run, RunItems } from '../src/page/api.ts';
import { read } from './client.ts';
import { CommandProgress, useCommand } from './command.tsx';
import { type Line, pollMs, useNow } from './live.ts';
import { Age, Empty, Failure, Loading, Sentence, View } from './parts.tsx';
import { RunProgress } from './runs.tsx';
import {
  ageText,
  countText,
  fieldText,
  lineText,
  runStateWords,
  runWords,
  subjectText,
  timeText,
} from './words.ts';

/** One run: what it would do, its steps, how far it is, and learner by learner what was planned and what became of it. */
export function RunView({ me, id, line }: { readonly me: Me; readonly id: string; readonly line: Line }) {
  const client = useQueryClient();
  const nowMs = useNow();
  const refetchInterval = pollMs(line);
  const run = useQuery({
    queryKey: ['run', id],
    queryFn: () => read<Run>(`/api/runs/${id}`),
    refetchInterval,
  });
  const items = useInfiniteQuery({
    queryKey: ['run', id, 'items'],
    queryFn: ({ pageParam }) =>
      read<RunItems>(
        `/api/runs/${id}/items${pageParam === null ? '' : `?after=${encodeURIComponent(pageParam)}`}`,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval,
  });
  const step = useCommand(() => void client.invalidateQueries({ queryKey: ['run', id] }));
  const back = (
    <Anchor component={Link} href="/runs" size="sm">
      All runs
    </Anchor>
  );
  if (run.data === undefined)
    return (
      <View title={`Run ${id}`} back={back}>
        {run.error === null ? <Loading /> : <Failure error={run.error} />}
      </View>
    );
  const data = run.data;
  const { vendor, plan, steps } = data;
  const mayAct = me.role !== 'viewer';
  return (
    <View title={`${runWords[data.kind] ?? data.kind} ${data.id}`} back={back}>
      <Sentence isBad={data.state === 'failed'}>{toSentence(data, nowMs)}</Sentence>
      {data.sentence === null ? null : <Text>{data.sentence}</Text>}
      {plan === null || data.state === 'done' ? null : (
        <PlanText plan={plan} title={data.vendorTitle} nowMs={nowMs} />
      )}
      {data.startedAtMs === null ? null : <RunProgress run={data} />}
      {steps.length === 0 ? null : mayAct ? (
        <Group gap="sm">
          {steps.includes('approve') && plan !== null ? (
            <Approve
              run={data}
              isBusy={step.isBusy}
              onApprove={() =>
                void step.give({
                  kind: 'run-approve',
                  vendor,
                  payload: { run: data.id, digest: plan.digest },
                })
              }
            />
          ) : null}
          {(['pause', 'resume', 'stop'] as const)
            .filter((name) => steps.includes(name))
            .map((name) => (
              <Button
                key={name}
                variant="default"
                loading={step.isBusy}
                onClick={() => void step.give({ kind: `run-${name}`, vendor, payload: { run: data.id } })}
              >
                {name === 'pause' ? 'Pause' : name === 'resume' ? 'Go on' : 'Stop'}
              </Button>
            ))}
        </Group>
      ) : (
        <Text size="sm" c="dimmed">
          You may look. To approve, pause or stop a run, the role operator is needed; ask an admin.
        </Text>
      )}
      <CommandProgress given={step} />
      <Text size="sm" c="dimmed">
        Asked by {data.askedBy} <Age atMs={data.askedAtMs} nowMs={nowMs} suffix=" ago" />
        {data.approvedBy === null ? '' : `, approved by ${data.approvedBy}`}. {countText(data.calls, 'call')}{' '}
        so far.
      </Text>
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h4">
            Learner by learner
          </Title>
          {plan === null ? null : (
            <Anchor href={`/api/runs/${data.id}/report.csv`} download size="sm">
              Download as CSV
            </Anchor>
          )}
        </Group>
        <Items items={items} title={data.vendorTitle} isPlanned={plan !== null} />
      </Stack>
    </View>
  );
}

function toSentence(run: Run, nowMs: number): string {
  const { vendorTitle, state, items, done, failed, startedAtMs, endedAtMs, plan } = run;
  const took = startedAtMs === null || endedAtMs === null ? '' : ` after ${ageText(endedAtMs - startedAtMs)}`;
  switch (state) {
    case 'planned':
      return `This plan for ${vendorTitle} waits for approval. It concerns ${countText(plan?.learners ?? items, 'learner')}.`;
    case 'running':
      return `This run with ${vendorTitle} is in work${startedAtMs === null ? '' : ` since ${timeText(startedAtMs, nowMs)}`}: ${done + failed} of ${items} done${leftText(run, nowMs)}.`;
    case 'done':
      return `This run with ${vendorTitle} is done${took}${failed === 0 ? '' : `; ${failed} of ${items} failed`}.`;
    default:
      return `This run with ${vendorTitle}: ${runStateWords[state] ?? state}${took}.`;
  }
}

/** From how long the finished ones took. Said only after a moment, when it means something. */
function leftText({ items, done, failed, startedAtMs }: Run, nowMs: number): string {
  const settled = done + failed;
  if (startedAtMs === null || settled < 5 || items <= settled) return '';
  return `, about ${ageText(((nowMs - startedAtMs) / settled) * (items - settled))} left`;
}

function PlanText({
  plan,
  title,
  nowMs,
}: {
  readonly plan: NonNullable<Run['plan']>;
  readonly title: string;
  readonly nowMs: number;
}) {
  const counts = Object.entries(plan.counts).filter(([, count]) => count > 0);
  return (
    <Stack gap="xs">
      <Text>
        {plan.equal} of {countText(plan.learners, 'learner')} are equal on both sides
        {plan.unlinked === 0 ? '' : `, ${plan.unlinked} have no link`}.{' '}
        {counts.length === 0
          ? 'Nothing would be changed.'
          : `What is planned takes about ${countText(plan.calls, 'call')}, ${plan.minutes} min at the share of the budget that runs have:`}
      </Text>
      {counts.length === 0 ? null : (
        <List spacing={2}>
          {counts.map(([does, count]) => (
            <List.Item key={does}>
              {countText(count, 'record')}: {lineText(does, title)}
            </List.Item>
          ))}
        </List>
      )}
      {plan.owners.length === 0 ? null : (
        <Text className="bad">
          Accounts it would create: {plan.owners.slice(0, 20).join(', ')}
          {plan.owners.length > 20 ? ` and ${plan.owners.length - 20} more` : ''}.
        </Text>
      )}
      {plan.strangers.length === 0 ? null : (
        <Text>
          PICS does not have {plan.strangers.slice(0, 20).join(', ')}
          {plan.strangers.length > 20 ? ` and ${plan.strangers.length - 20} more` : ''}.
        </Text>
      )}
      <Text size="sm" c="dimmed">
        Plan {plan.digest}, made <Age atMs={plan.plannedAtMs} nowMs={nowMs} suffix=" ago" />.
      </Text>
    </Stack>
  );
}

function Approve({
  run,
  isBusy,
  onApprove,
}: {
  readonly run: Run;
  readonly isBusy: boolean;
  readonly onApprove: () => void;
}) {
  const [isOpen, dialog] = useDisclosure(false);
  return (
    <>
      <Button loading={isBusy} onClick={dialog.open}>
        Approve …
      </Button>
      <Modal opened={isOpen} onClose={dialog.close} title={`Approve plan ${run.plan?.digest ?? ''}`}>
        <Stack gap="md">
          <Text>
            What the plan says is then done, for {countText(run.plan?.learners ?? 0, 'learner')}. If PICS or{' '}
            {run.vendorTitle} has changed so that the plan is another one by then, it is made again and waits
            for you again.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.close}>
              Cancel
            </Button>
            <Button
              data-autofocus
              onClick={() => {
                dialog.close();
                onApprove();
              }}
            >
              Approve
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

type ItemsQuery = ReturnType<typeof useInfiniteQuery<RunItems>>;

function Items({
  items,
  title,
  isPlanned,
}: {
  readonly title: string;
  readonly items: Pick<ItemsQuery, 'error' | 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'> & {
    readonly data: { readonly pages: readonly RunItems[] } | undefined;
  };
  readonly isPlanned: boolean;
}) {
  if (items.data === undefined) return items.error === null ? <Loading /> : <Failure error={items.error} />;
  const all = items.data.pages.flatMap((page) => page.items);
  if (all.length === 0)
    return (
      <Empty title={isPlanned ? 'Nothing to do for any learner' : 'Not planned yet'}>
        {isPlanned
          ? 'Learners for whom nothing would be done, or was done, are not listed.'
          : 'Each learner for whom something would be done is listed here as soon as the plan is made.'}
      </Empty>
    );
  return (
    <>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">Learner</th>
            <th scope="col">What</th>
            <th scope="col">Of</th>
            <th scope="col">Fields</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {all.flatMap(({ ident, sentence, lines }) =>
            (lines.length === 0 ? [null] : lines).map((line) => (
              <tr key={`${ident} ${line?.does} ${line?.subject} ${line?.code} ${line?.end}`}>
                <td data-label="Learner" className="narrow">
                  {ident}
                </td>
                <td data-label="What">{line === null ? '–' : lineText(line.does, title)}</td>
                <td data-label="Of">{line === null ? '–' : subjectText(line.subject)}</td>
                <td data-label="Fields">
                  {line === null || line.fields.length === 0 ? '–' : line.fields.map(fieldText).join(', ')}
                </td>
                <td
                  data-label="Result"
                  className={line?.end === 'not done' || sentence !== null ? 'bad' : undefined}
                >
                  {sentence ?? line?.end ?? '–'}
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
      {items.hasNextPage ? (
        <Group>
          <Button
            variant="default"
            loading={items.isFetchingNextPage}
            onClick={() => void items.fetchNextPage()}
          >
            Show more
          </Button>
        </Group>
      ) : null}
    </>
  );
}
