import { Center, Loader, Modal } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Route, Switch } from 'wouter';
import type { Me, Start } from '../src/page/api.ts';
import { onSessionEnd, read, setToken } from './client.ts';
import { HeldView } from './held.tsx';
import { HomeView } from './home.tsx';
import { useLive } from './live.ts';
import { Sentence } from './parts.tsx';
import { PasswordForm, PasswordView, SignInForm } from './password.tsx';
import { RunView } from './run.tsx';
import { RunsView } from './runs.tsx';
import { Shell } from './shell.tsx';
import { WaitingView } from './waiting.tsx';

/**
 * Who is signed in decides what is shown. When a session ends while a person works, the form to sign in comes over the
 * view, which stays as it is beneath: what was filled in is still there afterwards.
 */
export function App() {
  const client = useQueryClient();
  const [hasEnded, setHasEnded] = useState(false);
  const start = useQuery({ queryKey: ['start'], queryFn: () => read<Start>('/api/start') });
  const me = start.data?.user ?? null;
  const [shown, setShown] = useState<Me | null>(null);
  if (me !== null && me !== shown) setShown(me);
  useEffect(() => onSessionEnd(() => setHasEnded(true)), []);
  useEffect(() => setToken(me?.token ?? ''), [me]);
  const isSignedIn = me !== null && !me.mustChange && !hasEnded;
  const line = useLive(isSignedIn);

  const signedIn = async (): Promise<void> => {
    const { user } = await client.fetchQuery({
      queryKey: ['start'],
      queryFn: () => read<Start>('/api/start'),
      staleTime: 0,
    });
    setToken(user?.token ?? '');
    setHasEnded(false);
    // Another person sees nothing of what the one before has seen.
    if (user?.name !== shown?.name)
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'start' });
    else void client.invalidateQueries();
  };

  if (start.data === undefined)
    return (
      <Center mih="100vh" component="main">
        {start.error === null ? <Loader aria-label="Loading" /> : <Sentence>{start.error.message}</Sentence>}
      </Center>
    );
  if (shown === null || (me === null && !hasEnded))
    return <SignInForm hasUsers={start.data.hasUsers} onDone={signedIn} isPage />;
  if (shown.mustChange && !hasEnded) return <PasswordForm me={shown} onDone={signedIn} isPage />;
  return (
    <>
      <Shell me={shown} line={line} onSignedOut={() => window.location.assign('/')}>
        <Switch>
          <Route path="/">
            <HomeView line={line} />
          </Route>
          <Route path="/waiting">
            <WaitingView line={line} />
          </Route>
          <Route path="/waiting/:vendor/:code">
            {({ vendor, code }) => (
              <HeldView key={`${vendor} ${code}`} me={shown} vendor={vendor} code={code} line={line} />
            )}
          </Route>
          <Route path="/runs">
            <RunsView me={shown} line={line} />
          </Route>
          <Route path="/runs/:id">{({ id }) => <RunView key={id} me={shown} id={id} line={line} />}</Route>
          <Route path="/password">
            <PasswordView me={shown} onDone={signedIn} />
          </Route>
          <Route>
            <Sentence>There is no such page. Choose one on the left.</Sentence>
          </Route>
        </Switch>
      </Shell>
      <Modal
        opened={hasEnded}
        onClose={() => {}}
        withCloseButton={false}
        closeOnEscape={false}
        closeOnClickOutside={false}
        title="Your session has ended. Sign in again to go on."
        zIndex={1_000}
      >
        <SignInForm hasUsers name={shown.name} onDone={signedIn} />
      </Modal>
    </>
  );
}
