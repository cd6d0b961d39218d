import {
  Alert,
  Box,
  Button,
  Center,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { Me } from '../src/page/api.ts';
import { send } from './client.ts';
import { View } from './parts.tsx';

/** Signing in, and choosing a password. */

function OnePage({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="xl" w={400} maw="100%">
        <Stack gap="md">
          <Title order={1} size="h3">
            {title}
          </Title>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}

/** Sends once, and says why not. */
function useSending(act: () => Promise<unknown>, onDone: () => Promise<void>) {
  const [isBusy, setIsBusy] = useState(false);
  const [sentence, setSentence] = useState<string | null>(null);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setIsBusy(true);
    setSentence(null);
    try {
      await act();
      await onDone();
    } catch (error) {
      setSentence((error as Error).message);
    } finally {
      setIsBusy(false);
    }
  };
  return { isBusy, sentence, setSentence, submit };
}

export function SignInForm({
  hasUsers,
  onDone,
  name: known = '',
  isPage = false,
}: {
  readonly hasUsers: boolean;
  readonly onDone: () => Promise<void>;
  readonly name?: string;
  readonly isPage?: boolean;
}) {
  const [name, setName] = useState(known);
  const [password, setPassword] = useState('');
  const { isBusy, sentence, submit } = useSending(() => send('/api/sign-in', { name, password }), onDone);
  const form = (
    <form onSubmit={submit} aria-label="Sign in">
      <Stack gap="md">
        {hasUsers ? null : (
          <Alert variant="light" title="There is no user yet">
            Add the first one on the server: <code>pics-sync users add admin --role admin</code>
          </Alert>
        )}
        <TextInput
          label="User name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="username"
          required
          withAsterisk={false}
          data-autofocus={known === ''}
          autoFocus={known === ''}
        />
        <PasswordInput
          label="Password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          required
          withAsterisk={false}
          data-autofocus={known !== ''}
          autoFocus={known !== ''}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
        />
        {sentence === null ? null : (
          <Text c="var(--mantine-color-error)" role="alert" size="sm">
            {sentence}
          </Text>
        )}
        <Button type="submit" loading={isBusy} fullWidth>
          Sign in
        </Button>
      </Stack>
    </form>
  );
  return isPage ? <OnePage title="Sign in to pics-sync">{form}</OnePage> : form;
}

export function PasswordForm({
  me,
  onDone,
  isPage = false,
}: {
  readonly me: Me;
  readonly onDone: () => Promise<void>;
  readonly isPage?: boolean;
}) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const { isBusy, sentence, setSentence, submit } = useSending(
    () => send('/api/password', { current, next }),
    onDone,
  );
  const check = (event: FormEvent): void => {
    if (next === again) return void submit(event);
    event.preventDefault();
    setSentence('The new password was not typed the same way twice.');
  };
  const field = (label: string, value: string, set: (text: string) => void, autoComplete: string) => (
    <PasswordInput
      label={label}
      value={value}
      onChange={(event) => set(event.currentTarget.value)}
      autoComplete={autoComplete}
      required
      withAsterisk={false}
      visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
    />
  );
  const form = (
    <form onSubmit={check} aria-label="Change the password">
      <Stack gap="md">
        {me.mustChange ? (
          <Text>
            Hello {me.name}. Your password was given to you for one use: choose one of your own to go on.
          </Text>
        ) : null}
        <input type="text" name="username" autoComplete="username" value={me.name} readOnly hidden />
        {field(
          me.mustChange ? 'Password you were given' : 'Present password',
          current,
          setCurrent,
          'current-password',
        )}
        {field('New password, at least 12 characters', next, setNext, 'new-password')}
        {field('New password again', again, setAgain, 'new-password')}
        {sentence === null ? null : (
          <Text c="var(--mantine-color-error)" role="alert" size="sm">
            {sentence}
          </Text>
        )}
        <Button type="submit" loading={isBusy}>
          Change the password
        </Button>
      </Stack>
    </form>
  );
  return isPage ? <OnePage title="Choose a password">{form}</OnePage> : form;
}

export function PasswordView({ me, onDone }: { readonly me: Me; readonly onDone: () => Promise<void> }) {
  const [isDone, setIsDone] = useState(false);
  return (
    <View title="Password">
      {isDone ? (
        <Alert variant="light" color="green" title="The password is changed" role="status">
          You stay signed in here; everywhere else your sessions have ended.
        </Alert>
      ) : (
        <Box maw={400}>
          <PasswordForm
            me={me}
            onDone={async () => {
              await onDone();
              setIsDone(true);
            }}
          />
        </Box>
      )}
    </View>
  );
}
