import { Alert, Skeleton, Stack, Text, Title, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { useEffect } from 'react';
import { ageText, wholeTimeText } from './words.ts';

/* What every view has: its title and first sentence, ages, and the states in which there is nothing to show. */

/** The title in the document's head too, so that a list of tabs tells the views apart. */
export function View({
  title,
  back,
  children,
}: {
  readonly title: string;
  /** A link to the view above. */
  readonly back?: ReactNode;
  readonly children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · pics-sync`;
  }, [title]);
  return (
    <Stack gap="lg" component="section" aria-label={title}>
      <div>
        {back}
        <Title order={1} size="h3">
          {title}
        </Title>
      </div>
      {children}
    </Stack>
  );
}

/** The sentence that a view opens with: whether something is wrong, and what to do. */
export function Sentence({
  children,
  isBad = false,
}: {
  readonly children: ReactNode;
  readonly isBad?: boolean;
}) {
  return (
    <p className={isBad ? 'answer bad' : 'answer'} style={{ margin: 0 }}>
      {children}
    </p>
  );
}

/** `12 min`, with the time on hover and for those who cannot hover in the text of the element. */
export function Age({
  atMs,
  nowMs,
  suffix = '',
}: {
  readonly atMs: number;
  readonly nowMs: number;
  readonly suffix?: string;
}) {
  return (
    <Tooltip label={wholeTimeText(atMs)}>
      <time dateTime={new Date(atMs).toISOString()}>
        {ageText(nowMs - atMs)}
        {suffix}
      </time>
    </Tooltip>
  );
}

export function Loading() {
  return (
    <Stack gap="sm" aria-busy="true" aria-label="Loading">
      <Skeleton h={28} w="60%" />
      <Skeleton h={18} />
      <Skeleton h={18} />
      <Skeleton h={18} w="80%" />
    </Stack>
  );
}

export function Failure({ error }: { readonly error: Error }) {
  return (
    <Alert color="red" variant="light" title="This cannot be shown" role="alert">
      {error.message}
    </Alert>
  );
}

/** Nothing to show: what would stand here, and what to do, if anything. */
export function Empty({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Stack gap={4} py="md">
      <Text fw={600}>{title}</Text>
      <Text c="dimmed" maw="70ch">
        {children}
      </Text>
    </Stack>
  );
}
