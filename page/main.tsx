import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './page.css';
import { Alert, type CSSVariablesResolver, createTheme, MantineProvider, Modal } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';

const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: 7,
  autoContrast: true,
  defaultRadius: 'sm',
  cursorType: 'pointer',
  components: {
    // The library's own colours of titles are too light on the grounds they stand on.
    Alert: Alert.extend({
      styles: {
        label: { color: 'var(--mantine-color-text)' },
        title: { color: 'var(--mantine-color-text)' },
      },
    }),
    Modal: Modal.extend({
      defaultProps: {
        lockScroll: false,
        closeButtonProps: { 'aria-label': 'Close' },
        // At once: a person who types fast must not type past it.
        transitionProps: { duration: 0 },
        // A dialog's head is no banner of the document.
        attributes: { header: { role: 'presentation' } },
      },
    }),
  },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace',
});

/** The library's own grey is too light to be read by everybody. */
const colours: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': '#4d5660', '--mantine-color-error': '#b32525' },
  dark: { '--mantine-color-dimmed': '#b4b9c0', '--mantine-color-error': '#ff9c9c' },
});

/** The number that styles must carry: the server makes it afresh for each document. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.nonce ?? '';

const queries = new QueryClient({
  defaultOptions: { queries: { retry: 1, staleTime: 2_000, refetchOnWindowFocus: false } },
});

const root = document.getElementById('root');
if (root === null) throw new Error('the document has no root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      cssVariablesResolver={colours}
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" />
        <App />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
