import { Alert, Anchor, Group, Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import type { CommandRequest, CommandState } from '../src/page/api.ts';
import { giveCommand, RequestRefused, read } from './client.ts';
import { commandWords } from './words.ts';

/*
 * A command is given where the button is, and its progress is shown there. It goes on when the browser is closed: it is a
 * row of PICS that other processes carry out.
 */

const lookEveryMs = 400;

export type Given = {
  readonly id: string | null;
  readonly isBusy: boolean;
  readonly state: CommandState | undefined;
  readonly sentence: string | null;
  give(command: CommandRequest): Promise<void>;
};

/** Gives commands one after the other, and follows the last one to its end. */
export function useCommand(onEnd: (state: CommandState) => void = () => {}): Given {
  const [id, setId] = useState<string | null>(null);
  const [isGiving, setIsGiving] = useState(false);
  const [sentence, setSentence] = useState<string | null>(null);
  const { data: state } = useQuery({
    queryKey: ['command', id],
    queryFn: () => read<CommandState>(`/api/commands/${id}`),
    enabled: id !== null,
    refetchInterval: ({ state: { data } }) => (data?.isEnded === true ? false : lookEveryMs),
  });
  const isEnded = state?.isEnded === true;
  // biome-ignore lint/correctness/useExhaustiveDependencies: an end is handled once, whichever function handles it.
  useEffect(() => {
    if (isEnded) onEnd(state);
  }, [isEnded, id]);
  return {
    id,
    isBusy: isGiving || (id !== null && !isEnded),
    state,
    sentence,
    give: async (command) => {
      setIsGiving(true);
      setSentence(null);
      try {
        const { id: next } = await giveCommand(command);
        setId(next);
      } catch (error) {
        // The form to sign in says it by itself.
        const hasEnded = error instanceof RequestRefused && error.code === 'SIGNED_OUT';
        setSentence(hasEnded ? null : (error as Error).message);
      } finally {
        setIsGiving(false);
      }
    },
  };
}

export function CommandProgress({ given: { id, state, sentence } }: { readonly given: Given }) {
  if (sentence !== null)
    return (
      <Alert color="red" variant="light" role="alert">
        {sentence}
      </Alert>
    );
  if (id === null) return null;
  const status = state?.status ?? 'new';
  const words = commandWords[status] ?? status;
  if (state?.isEnded !== true)
    return (
      <Group gap="xs" role="status">
        <Loader size="xs" aria-hidden />
        <Text size="sm">{words} …</Text>
      </Group>
    );
  return (
    <Alert
      color={status === 'done' ? 'green' : status === 'held' ? 'yellow' : 'red'}
      variant="light"
      role="status"
      py="xs"
    >
      <b>{words}.</b> {state.sentence ?? (status === 'done' ? '' : 'No reason was given.')}
      {state.run === null ? null : (
        <>
          {' '}
          <Anchor component={Link} href={`/runs/${state.run}`} inherit>
            Run {state.run}
          </Anchor>
        </>
      )}
    </Alert>
  );
}
