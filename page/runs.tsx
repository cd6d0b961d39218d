import { Anchor, Button, Group, Modal, Progress, Select, Stack, Text, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { Me, RunSummary } from '../src/page/api.ts';
import { read } from './client.ts';
import { CommandProgress, useCommand } from './command.tsx';
import { type Line, pollMs, useNow } from './live.ts';
import { Age, Empty, Failure, Loading, Sentence, View } from './parts.tsx';
import { countText, runStateWords, runWords } from './words.ts';

/** Work over many learners: what runs, what waits for approval, what is done. */
export function RunsView({ me, line }: { readonly me: Me; readonly line: Line }) {
  const { data, error } = useQuery({
    queryKey: ['runs'],
    queryFn: () => read<readonly RunSummary[]>('/api/runs'),
    refetchInterval: pollMs(line),
  });
  const nowMs = useNow();
  const [isPlanning, planning] = useDisclosure(false);
  if (data === undefined)
    return <View title="Runs">{error === null ? <Loading /> : <Failure error={error} />}</View>;
  return (
    <View title="Runs">
      <Sentence>{toSentence(data)}</Sentence>
      {me.role === 'viewer' ? null : (
        <Group>
          <Button onClick={planning.open}>Plan a run …</Button>
          <Text size="sm" c="dimmed">
            A plan says what would happen to each learner. Nothing is changed until it is approved.
          </Text>
        </Group>
      )}
      {data.length === 0 ? (
        <Empty title="No run yet">
          The daily synchronisation of everybody is a run. So is work over chosen learners: it is planned,
          read, approved and followed here.
        </Empty>
      ) : (
        <RunTable runs={data} nowMs={nowMs} />
      )}
      <PlanDialog me={me} isOpen={isPlanning} onClose={planning.close} />
    </View>
  );
}

function toSentence(runs: readonly RunSummary[]): string {
  const planned = runs.filter(({ state }) => state === 'planned').length;
  const running = runs.filter(({ state }) => state === 'running').length;
  const paused = runs.filter(({ state }) => state === 'paused').length;
  const parts = [
    planned === 0 ? null : `${countText(planned, 'plan')} ${planned === 1 ? 'waits' : 'wait'} for approval`,
    running === 0 ? null : `${countText(running, 'run')} in work`,
    paused === 0 ? null : `${countText(paused, 'run')} paused`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? 'Nothing runs, and no plan waits for approval.' : `${parts.join(', ')}.`;
}

export function RunTable({ runs, nowMs }: { readonly runs: readonly RunSummary[]; readonly nowMs: number }) {
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">System</th>
          <th scope="col">State</th>
          <th scope="col">Learners</th>
          <th scope="col">Asked by</th>
          <th scope="col" className="number">
            Asked
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id}>
            <td data-label="Run">
              <Anchor component={Link} href={`/runs/${run.id}`} inherit>
                {runWords[run.kind] ?? run.kind} {run.id}
              </Anchor>
            </td>
            <td data-label="System">{run.vendorTitle}</td>
            <td data-label="State" className={run.state === 'failed' ? 'bad' : undefined}>
              {runStateWords[run.state] ?? run.state}
            </td>
            <td data-label="Learners">
              <RunProgress run={run} />
            </td>
            <td data-label="Asked by">{run.askedBy}</td>
            <td data-label="Asked" className="number narrow">
              <Age atMs={run.askedAtMs} nowMs={nowMs} suffix=" ago" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function RunProgress({ run: { items, done, failed, state, id } }: { readonly run: RunSummary }) {
  if (items === 0) return <>–</>;
  const settled = done + failed;
  if (state === 'planned' || state === 'asked' || state === 'approved')
    return <>{countText(items, 'record')}</>;
  return (
    <Stack gap={2} miw={120}>
      <Text size="sm" span>
        {settled} of {items}
        {failed === 0 ? '' : `, ${failed} failed`}
      </Text>
      {state === 'running' || state === 'paused' ? (
        <Progress value={(100 * settled) / items} size="sm" aria-label={`Progress of run ${id}`} />
      ) : null}
    </Stack>
  );
}

const plannable = ['synchronise', 'replay', 'audit'] as const;
type Plannable = (typeof plannable)[number];

const kindTexts: Readonly<Record<Plannable, string>> = {
  synchronise: 'The daily exchange, now, for the learners named below.',
  replay: 'Looks once at every learner of whom PICS has told a change, and sends what is missing.',
  audit: 'Compares both sides and writes nothing.',
};

function PlanDialog({
  me,
  isOpen,
  onClose,
}: {
  readonly me: Me;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const [, goTo] = useLocation();
  const [vendor, setVendor] = useState<string | null>(me.vendors[0]?.name ?? null);
  const [kind, setKind] = useState<Plannable>('synchronise');
  const [text, setText] = useState('');
  const plan = useCommand(({ run }) => {
    if (run !== null) goTo(`/runs/${run}`);
  });
  const idents = text.split(/[\s,;]+/).filter((one) => one !== '');
  const tooLong = idents.find((ident) => ident.length > 8);
  const isForAll = idents.length === 0;
  return (
    <Modal opened={isOpen} onClose={onClose} title="Plan a run">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (vendor === null) return;
          void plan.give({ kind: 'run-plan', vendor, payload: { kind, filter: isForAll ? {} : { idents } } });
        }}
      >
        <Stack gap="md">
          <Select
            label="System"
            data={me.vendors.map(({ name, title }) => ({ value: name, label: title }))}
            value={vendor}
            onChange={setVendor}
            allowDeselect={false}
            data-autofocus
          />
          <Select
            label="What"
            description={kindTexts[kind]}
            data={plannable.map((value) => ({ value, label: runWords[value] ?? value }))}
            value={kind}
            onChange={(value) => setKind((value ?? 'synchronise') as Plannable)}
            allowDeselect={false}
          />
          <Textarea
            label="Learners"
            description="Their codes in PICS, separated by spaces or lines. Blank: everybody."
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autosize
            minRows={2}
            maxRows={8}
            error={
              tooLong === undefined
                ? undefined
                : `"${tooLong}" is no code of a learner: it has at most 8 characters.`
            }
          />
          <CommandProgress given={plan} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={plan.isBusy} disabled={vendor === null || tooLong !== undefined}>
              {isForAll ? 'Plan it for everybody' : `Plan it for ${countText(idents.length, 'learner')}`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
