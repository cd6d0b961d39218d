import { Alert, Anchor, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { HeldGroup, Home, Part, RunSummary, VendorStanding } from '../src/page/api.ts';
import { read } from './client.ts';
import { type Line, pollMs, useNow } from './live.ts';
import { Age, Empty, Failure, Loading, Sentence, View } from './parts.tsx';
import { RunTable } from './runs.tsx';
import { GroupTable } from './waiting.tsx';
import { ageText, atText, countText, timeText } from './words.ts';

/** A glance: whether each vendor is in step, what is on the way, what waits for a person, what runs. */
export function HomeView({ line }: { readonly line: Line }) {
  const refetchInterval = pollMs(line);
  const home = useQuery({ queryKey: ['home'], queryFn: () => read<Home>('/api/home'), refetchInterval });
  const waiting = useQuery({
    queryKey: ['waiting'],
    queryFn: () => read<readonly HeldGroup[]>('/api/waiting'),
    refetchInterval,
  });
  const runs = useQuery({
    queryKey: ['runs'],
    queryFn: () => read<readonly RunSummary[]>('/api/runs'),
    refetchInterval,
  });
  const nowMs = useNow();
  if (home.data === undefined)
    return <View title="Home">{home.error === null ? <Loading /> : <Failure error={home.error} />}</View>;
  const { vendors, parts, measuredAtMs } = home.data;
  const shown = vendors.filter(
    ({ isEnabled, lastSynchronisedAtMs }) => isEnabled || lastSynchronisedAtMs !== null,
  );
  // What the sentences above say is not said twice.
  const said = vendors.filter(({ isEnabled }) => isEnabled).map(({ title }) => faultOf(title, parts));
  return (
    <View title="Home">
      <Stack gap="xs">
        {vendors.map((vendor) => (
          <VendorSentence
            key={vendor.name}
            vendor={vendor}
            parts={parts}
            measuredAtMs={measuredAtMs}
            nowMs={nowMs}
          />
        ))}
      </Stack>
      {shown.map((vendor) => (
        <Way key={vendor.name} vendor={vendor} parts={parts} />
      ))}
      <Faults parts={parts.filter((part) => !said.includes(part))} nowMs={nowMs} />
      <Stack gap="xs">
        <Title order={2} size="h4">
          Waiting for you
        </Title>
        {waiting.data === undefined ? (
          <Loading />
        ) : waiting.data.length === 0 ? (
          <Empty title="Nothing waits for you">
            What needs a decision, such as a learner without an officer, is listed here with what to do.
          </Empty>
        ) : (
          <GroupTable groups={waiting.data.slice(0, 5)} nowMs={nowMs} />
        )}
        {(waiting.data?.length ?? 0) > 5 ? (
          <Anchor component={Link} href="/waiting">
            All {waiting.data?.length} reasons
          </Anchor>
        ) : null}
      </Stack>
      <Stack gap="xs">
        <Title order={2} size="h4">
          Latest runs
        </Title>
        {runs.data === undefined ? (
          <Loading />
        ) : runs.data.length === 0 ? (
          <Empty title="No run yet">The daily synchronisation of everybody is a run, and stands here.</Empty>
        ) : (
          <RunTable runs={runs.data.slice(0, 5)} nowMs={nowMs} />
        )}
      </Stack>
      {measuredAtMs === null ? null : (
        <Text size="sm" c="dimmed">
          Measured <Age atMs={measuredAtMs} nowMs={nowMs} suffix=" ago" />.
        </Text>
      )}
    </View>
  );
}

/** Lines that say something of this vendor; without one, those of the whole installation. */
function partsOf(title: string, parts: readonly Part[]): readonly Part[] {
  return parts.filter(({ what }) => what.includes(title));
}

function VendorSentence({
  vendor,
  parts,
  measuredAtMs,
  nowMs,
}: {
  readonly vendor: VendorStanding;
  readonly parts: readonly Part[];
  readonly measuredAtMs: number | null;
  readonly nowMs: number;
}) {
  const { title, isEnabled, rests, learners, lastSynchronisedAtMs, tookMs, synchronisingSinceMs, warnings } =
    vendor;
  const fault = faultOf(title, parts);
  const facts = [
    learners === null ? null : countText(learners, 'linked learner'),
    synchronisingSinceMs !== null
      ? `a synchronisation of everybody runs since ${timeText(synchronisingSinceMs, nowMs)}`
      : lastSynchronisedAtMs === null
        ? 'never synchronised'
        : `everybody was last synchronised ${atText(lastSynchronisedAtMs, nowMs)}${tookMs === null ? '' : `, in ${ageText(tookMs)}`}`,
  ].filter((fact) => fact !== null);
  const isBad = isEnabled && (fault !== undefined || measuredAtMs === null);
  const state = !isEnabled
    ? rests === null || rests === 'disabled'
      ? `${title} is not enabled.`
      : `${title} does not work now: ${rests}.`
    : measuredAtMs === null
      ? `${title}: nothing has been measured yet.`
      : fault === undefined
        ? `${title} is in step. ${facts.join('; ')}.`
        : `${title} is not in step${fault.sinceMs === null ? '' : ` since ${timeText(fault.sinceMs, nowMs)}`}: ${partText(fault)}: ${statusWord(fault)}.`;
  return (
    <Stack gap={4}>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        {isEnabled ? (
          isBad ? (
            <IconAlertTriangle
              size={24}
              color="var(--mantine-color-error)"
              aria-hidden
              style={{ flex: 'none', marginTop: 2 }}
            />
          ) : (
            <IconCircleCheck
              size={24}
              color="var(--mantine-color-teal-6)"
              aria-hidden
              style={{ flex: 'none', marginTop: 2 }}
            />
          )
        ) : null}
        <Stack gap={2}>
          <Sentence isBad={isBad}>{state}</Sentence>
          {isBad && fault !== undefined ? <Text>{fault.advice}</Text> : null}
        </Stack>
      </Group>
      {isEnabled
        ? warnings.map(({ id, text }) => (
            <Alert key={id} variant="light" color="yellow" title={`Not confirmed: ${id}`}>
              {text}
            </Alert>
          ))
        : null}
    </Stack>
  );
}

/** The first line of a vendor's way, or of the capture, that is not well. */
function faultOf(title: string, parts: readonly Part[]): Part | undefined {
  const common = parts.filter(({ measure }) => measure === 'capture');
  return [...common, ...partsOf(title, parts)].find(({ isWell }) => !isWell);
}

/** What a line of `lag` is about, for people. */
function partText({ what }: Part): string {
  const [measure = '', name = ''] = what.split(': ');
  if (measure === 'queue') return `what goes from ${name}`;
  if (measure === 'freshness') return `how fast changes go from ${name}`;
  return what;
}

function statusWord({ status }: Part): string {
  return status.replaceAll('-', ' ');
}

/** PICS on the left, the vendor on the right, above what is sent and below what comes back. */
function Way({
  vendor: { title },
  parts,
}: {
  readonly vendor: VendorStanding;
  readonly parts: readonly Part[];
}) {
  const find = (what: string): Part | undefined => parts.find((part) => part.what === what);
  return (
    <Card withBorder padding="md" component="section" aria-label={`The way between PICS and ${title}`}>
      <Stack gap="md">
        <ol className="way">
          <li className="place">PICS</li>
          <Leg
            part={find('capture: last heartbeat')}
            toText={(part) => `captured ${ageText(part.ageMs ?? 0)} ago`}
          />
          <li className="place">Changes</li>
          <Leg
            part={find(`queue: PICS to ${title}`)}
            toText={queueText}
            then={find(`freshness: PICS to ${title}`)}
          />
          <li className="place">{title}</li>
        </ol>
        <ol className="way">
          <li className="place">{title}</li>
          <Leg part={find(`freshness: ${title} to PICS`)} toText={freshText} />
          <li className="place">Observations</li>
          <Leg part={find(`queue: ${title} to PICS`)} toText={queueText} />
          <li className="place">PICS</li>
        </ol>
      </Stack>
    </Card>
  );
}

function queueText({ count, ageMs }: Part): string {
  if (count === null) return 'not known';
  return count === 0 ? 'nothing waits' : `${countText(count, 'record')} wait, oldest ${ageText(ageMs ?? 0)}`;
}

function freshText({ count, ageMs }: Part): string {
  return count === 0 || count === null
    ? 'nothing in 5 min'
    : `${countText(count, 'record')} in 5 min, slowest ${ageText(ageMs ?? 0)}`;
}

function Leg({
  part,
  then,
  toText,
}: {
  readonly part: Part | undefined;
  readonly then?: Part | undefined;
  readonly toText: (part: Part) => string;
}) {
  if (part === undefined)
    return (
      <li className="leg">
        <Text size="sm" c="dimmed" span>
          not measured
        </Text>
        <span className="line" />
      </li>
    );
  return (
    <li className={part.isWell ? 'leg' : 'leg bad'}>
      {part.isWell ? null : <IconAlertTriangle size={14} aria-label="Not well:" />} {toText(part)}
      <span className="line" />
      <Text size="xs" c="dimmed" span display="block">
        {part.isWell ? (then === undefined ? ' ' : freshText(then)) : statusWord(part)}
      </Text>
    </li>
  );
}

/** What is not well besides, each with what to do. */
function Faults({ parts, nowMs }: { readonly parts: readonly Part[]; readonly nowMs: number }) {
  const faults = parts.filter(({ isWell }) => !isWell);
  if (faults.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Also not well
      </Title>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">State</th>
            <th scope="col">Since</th>
            <th scope="col">What to do</th>
          </tr>
        </thead>
        <tbody>
          {faults.map((part) => (
            <tr key={part.what}>
              <td data-label="What">{part.what}</td>
              <td data-label="State" className="narrow bad">
                {statusWord(part)}
              </td>
              <td data-label="Since" className="narrow">
                {part.sinceMs === null ? '–' : <Age atMs={part.sinceMs} nowMs={nowMs} />}
              </td>
              <td data-label="What to do">{part.advice}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Stack>
  );
}
