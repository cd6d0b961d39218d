import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { HeldGroup } from '../src/page/api.ts';
import { read } from './client.ts';
import { type Line, pollMs, useNow } from './live.ts';
import { Age, Empty, Failure, Loading, Sentence, View } from './parts.tsx';
import { countText } from './words.ts';

/** What waits for a person, by reason. A reason is opened to see its records and act. */
export function WaitingView({ line }: { readonly line: Line }) {
  const { data, error } = useQuery({
    queryKey: ['waiting'],
    queryFn: () => read<readonly HeldGroup[]>('/api/waiting'),
    refetchInterval: pollMs(line),
  });
  const nowMs = useNow();
  if (data === undefined)
    return <View title="Waiting">{error === null ? <Loading /> : <Failure error={error} />}</View>;
  if (data.length === 0)
    return (
      <View title="Waiting">
        <Sentence>Nothing waits for you.</Sentence>
        <Empty title="What would stand here">
          Records that cannot go on without a decision, such as a learner without an officer, or a value that
          a vendor refuses. Everything else goes on meanwhile.
        </Empty>
      </View>
    );
  const count = data.reduce((sum, group) => sum + group.count, 0);
  return (
    <View title="Waiting">
      <Sentence>
        {countText(count, 'record')} {count === 1 ? 'waits' : 'wait'} for a decision, for{' '}
        {countText(data.length, 'reason')}. Everything else goes on.
      </Sentence>
      <GroupTable groups={data} nowMs={nowMs} />
    </View>
  );
}

export function GroupTable({
  groups,
  nowMs,
}: {
  readonly groups: readonly HeldGroup[];
  readonly nowMs: number;
}) {
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">Reason, and what to do</th>
          <th scope="col">System</th>
          <th scope="col" className="number">
            Records
          </th>
          <th scope="col" className="number">
            Oldest
          </th>
        </tr>
      </thead>
      <tbody>
        {groups.map(({ vendor, vendorTitle, code, sentence, count, oldestSinceMs }) => (
          <tr key={`${vendor} ${code}`}>
            <td data-label="Reason">
              <Anchor component={Link} href={`/waiting/${vendor}/${code}`} inherit>
                {sentence}
              </Anchor>
            </td>
            <td data-label="System" className="narrow">
              {vendorTitle}
            </td>
            <td data-label="Records" className="number narrow">
              {countText(count, 'record').split(' ')[0]}
            </td>
            <td data-label="Oldest" className="number narrow">
              <Age atMs={oldestSinceMs} nowMs={nowMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
