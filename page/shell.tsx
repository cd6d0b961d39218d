import {
  ActionIcon,
  Alert,
  Anchor,
  AppShell,
  Burger,
  Group,
  Menu,
  Modal,
  NavLink,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { Spotlight, spotlight } from '@mantine/spotlight';
import {
  IconCircleCheck,
  IconClockPause,
  IconHome,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconPlayerPlay,
  IconPlugConnectedX,
  IconSun,
  IconUser,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useLocation } from 'wouter';
import type { HeldGroup, Me } from '../src/page/api.ts';
import { read, send } from './client.ts';
import { type Line, pollMs, useNow } from './live.ts';
import { countText, timeText } from './words.ts';

/** What stands around every view: where to go, who is signed in, whether what is shown is live; and the keys. */

const places = [
  { path: '/', key: 'h', label: 'Home', icon: IconHome },
  { path: '/waiting', key: 'w', label: 'Waiting', icon: IconClockPause },
  { path: '/runs', key: 'r', label: 'Runs', icon: IconPlayerPlay },
] as const;

const togetherWithinMs = 1_200;

/** `g` and then a letter goes to a place; `?` shows the keys. Not while a person types. */
function useKeys(goTo: (path: string) => void, showKeys: () => void): void {
  useEffect(() => {
    let goAtMs = 0;
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = (event.target as HTMLElement | null)?.closest(
        'input, textarea, select, [role=dialog]',
      );
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === '?') showKeys();
      const place = places.find(({ key }) => key === event.key);
      if (place !== undefined && Date.now() - goAtMs < togetherWithinMs) {
        event.preventDefault();
        goTo(place.path);
      }
      goAtMs = event.key === 'g' ? Date.now() : 0;
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [goTo, showKeys]);
}

export function Shell({
  me,
  line,
  onSignedOut,
  children,
}: {
  readonly me: Me;
  readonly line: Line;
  readonly onSignedOut: () => void;
  readonly children: ReactNode;
}) {
  const { data: groups } = useQuery<readonly HeldGroup[]>({
    queryKey: ['waiting'],
    queryFn: () => read('/api/waiting'),
    refetchInterval: pollMs(line),
  });
  const waiting = (groups ?? []).reduce((sum, { count }) => sum + count, 0);
  const [path, goTo] = useLocation();
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const [areKeysShown, keys] = useDisclosure(false);
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  const signOut = async (): Promise<void> => {
    await send('/api/sign-out', {}).catch(() => {});
    onSignedOut();
  };
  useKeys(goTo, keys.open);
  useHotkeys([['mod+K', spotlight.open]], []);
  // A view begins at its top, also for those who hear it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what makes it another view.
  useEffect(() => {
    document.getElementById('view')?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    close();
  }, [path, close]);
  const actions = [
    ...places.map(({ path: to, label, icon: Icon }) => ({
      id: to,
      label: `Go to ${label}`,
      leftSection: <Icon size={18} aria-hidden />,
      onClick: () => goTo(to),
    })),
    {
      id: 'scheme',
      label: `Use ${other} colours`,
      leftSection: scheme === 'dark' ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />,
      onClick: () => setColorScheme(other),
    },
    {
      id: 'keys',
      label: 'Show the keys',
      leftSection: <IconKeyboard size={18} aria-hidden />,
      onClick: keys.open,
    },
    {
      id: 'out',
      label: 'Sign out',
      leftSection: <IconLogout size={18} aria-hidden />,
      onClick: () => void signOut(),
    },
  ];
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 190, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="lg"
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Anchor href="#view" className="skip" size="sm">
              Skip to the view
            </Anchor>
            <Text fw={700}>pics-sync</Text>
          </Group>
          <Group gap="sm" wrap="nowrap">
            <LineState line={line} />
            <ActionIcon
              variant="subtle"
              color="gray"
              c="inherit"
              aria-label={`Use ${other} colours`}
              onClick={() => setColorScheme(other)}
            >
              {scheme === 'dark' ? <IconSun size={18} /> : <IconMoon size={18} />}
            </ActionIcon>
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={`Menu of ${me.name}`}>
                  <IconUser size={18} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Text size="sm" px="sm" py={6} c="dimmed">
                  {me.name}, {me.role}
                </Text>
                <Menu.Item onClick={() => goTo('/password')}>Change the password</Menu.Item>
                <Menu.Item onClick={keys.open}>Keys</Menu.Item>
                <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        {places.map(({ path: to, label, icon: Icon }) => {
          const isHere = to === '/' ? path === '/' : path.startsWith(to);
          return (
            <NavLink
              key={to}
              href={to}
              label={label}
              leftSection={<Icon size={18} aria-hidden />}
              rightSection={to === '/waiting' && waiting > 0 ? <Badge count={waiting} /> : null}
              active={isHere}
              aria-current={isHere ? 'page' : undefined}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                goTo(to);
                close();
              }}
            />
          );
        })}
      </AppShell.Navbar>
      <AppShell.Main id="view" tabIndex={-1} style={{ outline: 'none' }}>
        <LineBanner line={line} />
        <div className={line.kind === 'lost' || line.kind === 'away' ? 'old' : undefined}>{children}</div>
      </AppShell.Main>
      <Spotlight
        actions={actions}
        shortcut={null}
        nothingFound="There is no such command."
        searchProps={{ placeholder: 'What do you want to do?', 'aria-label': 'Commands' }}
        highlightQuery
        lockScroll={false}
      />
      <Modal opened={areKeysShown} onClose={keys.close} title="Keys">
        <table className="rows">
          <tbody>
            {[
              ...places.map(({ key, label }) => [`g ${key}`, `Go to ${label}`]),
              ['Ctrl K', 'Commands'],
              ['?', 'These keys'],
            ].map(([key = '', does]) => (
              <tr key={key}>
                <td className="narrow">
                  <kbd>{key}</kbd>
                </td>
                <td>{does}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Modal>
    </AppShell>
  );
}

/** How many records wait for a person. */
function Badge({ count }: { readonly count: number }) {
  return (
    <Text size="xs" span aria-label={countText(count, 'record')}>
      {count > 999 ? '999+' : count}
    </Text>
  );
}

function LineState({ line }: { readonly line: Line }) {
  if (line.kind === 'live')
    return (
      <Group gap={4} wrap="nowrap" c="dimmed">
        <IconCircleCheck size={16} aria-hidden />
        <Text size="sm">Live</Text>
      </Group>
    );
  if (line.kind === 'joining')
    return (
      <Text size="sm" c="dimmed">
        Connecting …
      </Text>
    );
  return (
    <Group gap={4} wrap="nowrap" className="bad">
      <IconPlugConnectedX size={16} aria-hidden />
      <Text size="sm">Not live</Text>
    </Group>
  );
}

function LineBanner({ line }: { readonly line: Line }) {
  const nowMs = useNow();
  if (line.kind !== 'lost' && line.kind !== 'away') return null;
  const since = timeText(line.sinceMs, nowMs);
  return (
    <Alert color="red" variant="light" mb="lg" role="alert" icon={<IconPlugConnectedX aria-hidden />}>
      {line.kind === 'lost'
        ? `pics-sync does not answer since ${since}. What you see is from then. It comes back by itself.`
        : `A database does not answer since ${since}. What you see is from then. It comes back by itself.`}
    </Alert>
  );
}
