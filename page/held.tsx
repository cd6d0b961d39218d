import { Anchor, Button, Checkbox, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { HeldGroup, HeldRecords, Me } from '../src/page/api.ts';
import { read } from './client.ts';
import { CommandProgress, useCommand } from './command.tsx';
import { type Line, pollMs, useNow } from './live.ts';
import { Age, Empty, Failure, Loading, Sentence, View } from './parts.tsx';
import { countText, subjectText } from './words.ts';

type HeldRecord = HeldRecords['records'][number];

/** The records of one reason, with what can be done: try again some or all, leave one for a reason, and take that back. */
export function HeldView({
  me,
  vendor,
  code,
  line,
}: {
  readonly me: Me;
  readonly vendor: string;
  readonly code: string;
  readonly line: Line;
}) {
  const client = useQueryClient();
  const nowMs = useNow();
  const refetchInterval = pollMs(line);
  const groups = useQuery({
    queryKey: ['waiting'],
    queryFn: () => read<readonly HeldGroup[]>('/api/waiting'),
    refetchInterval,
  });
  const held = useInfiniteQuery({
    queryKey: ['held', vendor, code],
    queryFn: ({ pageParam }) =>
      read<HeldRecords>(`/api/waiting/${vendor}/${code}${pageParam === null ? '' : `?after=${pageParam}`}`),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval,
  });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [leaving, setLeaving] = useState<HeldRecord | null>(null);
  const [left, setLeft] = useState<HeldRecord | null>(null);
  const again = useCommand(() => {
    setChosen(new Set());
    void client.invalidateQueries({ queryKey: ['held'] });
  });
  const group = groups.data?.find((one) => one.vendor === vendor && one.code === code);
  const records = held.data?.pages.flatMap((page) => page.records) ?? [];
  const title = me.vendors.find(({ name }) => name === vendor)?.title ?? vendor;
  const mayAct = me.role !== 'viewer';
  const back = (
    <Anchor component={Link} href="/waiting" size="sm">
      All reasons
    </Anchor>
  );
  if (held.data === undefined || groups.data === undefined)
    return (
      <View title={`Waiting: ${title}`} back={back}>
        {held.error === null ? <Loading /> : <Failure error={held.error} />}
      </View>
    );
  const ids = records.map(({ id }) => id).filter((id) => chosen.has(id));
  const count = group?.count ?? 0;
  const tryAgain = (held: readonly string[] | null): void => {
    setLeft(null);
    void again.give({ kind: 'retry', vendor, payload: held === null ? { code } : { held: [...held] } });
  };
  const areAll = records.length > 0 && ids.length === records.length;
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return (
    <View title={`Waiting: ${title}`} back={back}>
      {group === undefined ? (
        <>
          <Sentence>Nothing waits for this reason any more.</Sentence>
          <CommandProgress given={again} />
          <LeftNote record={left} isBusy={again.isBusy} onUndo={(id) => tryAgain([id])} />
          <Empty title="What became of it">
            It was tried again, left by a person, or needed no decision any more. Other reasons may still
            wait.
          </Empty>
        </>
      ) : (
        <>
          <Sentence>{group.sentence}</Sentence>
          <Text c="dimmed">
            {countText(count, 'record')}, the oldest for <Age atMs={group.oldestSinceMs} nowMs={nowMs} />.
            Reason {code}.
          </Text>
          {mayAct ? (
            <Group gap="sm">
              <Button loading={again.isBusy} onClick={() => tryAgain(ids.length === 0 ? null : ids)}>
                {ids.length === 0
                  ? count === 1
                    ? 'Try again'
                    : `Try all ${count} again`
                  : `Try ${countText(ids.length, 'record')} again`}
              </Button>
              <Text size="sm" c="dimmed">
                Correct the cause first. Each record is then read afresh on both sides.
              </Text>
            </Group>
          ) : (
            <Text size="sm" c="dimmed">
              You may look. To try records again or leave them, the role operator is needed; ask an admin.
            </Text>
          )}
          <CommandProgress given={again} />
          <LeftNote record={left} isBusy={again.isBusy} onUndo={(id) => tryAgain([id])} />
          <table className="rows">
            <thead>
              <tr>
                {mayAct ? (
                  <th scope="col" className="narrow">
                    <Checkbox
                      aria-label="Choose all that are shown"
                      checked={areAll}
                      indeterminate={ids.length > 0 && !areAll}
                      onChange={() => setChosen(areAll ? new Set() : new Set(records.map(({ id }) => id)))}
                    />
                  </th>
                ) : null}
                <th scope="col">Learner</th>
                <th scope="col">About</th>
                <th scope="col">Reason</th>
                <th scope="col" className="number">
                  Tries
                </th>
                <th scope="col" className="number">
                  Waits
                </th>
                {mayAct ? (
                  <th scope="col">
                    <span className="hidden">Actions</span>
                  </th>
                ) : null}
              </tr>
            </thead>
            <tbody>
              {records.map((record) => (
                <tr key={record.id}>
                  {mayAct ? (
                    <td>
                      <Checkbox
                        aria-label={`Choose ${record.ident}, ${subjectText(record.subject)}`}
                        checked={chosen.has(record.id)}
                        onChange={() => toggle(record.id)}
                      />
                    </td>
                  ) : null}
                  <td data-label="Learner" className="narrow">
                    {record.ident === '' ? '–' : record.ident}
                  </td>
                  <td data-label="About">{subjectText(record.subject)}</td>
                  <td data-label="Reason">{record.sentence}</td>
                  <td data-label="Tries" className="number narrow">
                    {record.tries}
                  </td>
                  <td data-label="Waits" className="number narrow">
                    <Age atMs={record.sinceMs} nowMs={nowMs} />
                  </td>
                  {mayAct ? (
                    <td className="narrow">
                      <Button
                        variant="default"
                        size="compact-sm"
                        aria-label={`Leave it: ${record.ident}, ${subjectText(record.subject)}`}
                        onClick={() => setLeaving(record)}
                      >
                        Leave it
                      </Button>
                    </td>
                  ) : null}
                </tr>
              ))}
            </tbody>
          </table>
          {held.hasNextPage ? (
            <Group>
              <Button
                variant="default"
                loading={held.isFetchingNextPage}
                onClick={() => void held.fetchNextPage()}
              >
                Show more
              </Button>
              <Text size="sm" c="dimmed">
                {records.length} of {count} are shown
              </Text>
            </Group>
          ) : null}
        </>
      )}
      <LeaveDialog
        vendor={vendor}
        record={leaving}
        onClose={() => setLeaving(null)}
        onLeft={(record) => {
          setLeft(record);
          setLeaving(null);
          void client.invalidateQueries({ queryKey: ['held'] });
        }}
      />
    </View>
  );
}

function LeftNote({
  record,
  isBusy,
  onUndo,
}: {
  readonly record: HeldRecord | null;
  readonly isBusy: boolean;
  readonly onUndo: (id: string) => void;
}) {
  if (record === null) return null;
  return (
    <Group gap="sm" role="status">
      <Text size="sm">
        {record.ident}, {subjectText(record.subject)} is left.
      </Text>
      <Button size="compact-sm" variant="default" loading={isBusy} onClick={() => onUndo(record.id)}>
        Undo, and try it again
      </Button>
    </Group>
  );
}

function LeaveDialog({
  vendor,
  record,
  onClose,
  onLeft,
}: {
  readonly vendor: string;
  readonly record: HeldRecord | null;
  readonly onClose: () => void;
  readonly onLeft: (record: HeldRecord) => void;
}) {
  const [reason, setReason] = useState('');
  const leave = useCommand(({ status }) => {
    if (status !== 'done' || record === null) return;
    setReason('');
    onLeft(record);
  });
  return (
    <Modal opened={record !== null} onClose={onClose} title="Leave it">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (record !== null)
            void leave.give({ kind: 'skip', vendor, payload: { held: record.id, reason: reason.trim() } });
        }}
      >
        <Stack gap="md">
          <Text>
            {record?.ident}, {subjectText(record?.subject ?? '')}: nothing is sent for this until the record
            changes in PICS. You can take it back.
          </Text>
          <Textarea
            label="Why"
            description="Kept with the record, for those who look later."
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={500}
            required
            withAsterisk={false}
            autosize
            minRows={2}
            data-autofocus
          />
          <CommandProgress given={leave} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={leave.isBusy} disabled={reason.trim() === ''}>
              Leave it
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
