import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that a test can cut, where the server itself is not the test's to stop. */
export type TcpProxy = AsyncDisposable & {
  readonly port: number;
  readonly cut: () => void;
  /** From now on it answers itself, whatever is asked, and ends the connection. */
  readonly answer: (text: string) => void;
  readonly heal: () => void;
  /** From now on the present connections swallow all bytes and stay open, as behind a host that has vanished. */
  readonly freeze: () => void;
  /** Connections that were refused because the way is cut. */
  readonly refusedCount: () => number;
};

export async function openTcpProxy(to: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const frozen = new WeakSet<Socket>();
  let isCut = false;
  let answered: string | null = null;
  let refused = 0;
  const end = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    if (isCut) {
      refused += 1;
      near.destroy();
      return;
    }
    if (answered !== null) {
      refused += 1;
      near.on('error', () => {});
      near.once('data', () => near.end(answered ?? ''));
      return;
    }
    const far = connect(to.port, to.host);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        // The other end of a frozen line learns nothing, also not that this one has closed.
        if (!frozen.has(socket)) other.destroy();
      });
      socket.on('data', (bytes) => {
        if (!frozen.has(socket)) other.write(bytes);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    cut: () => {
      isCut = true;
      end();
    },
    answer: (text) => {
      answered = text;
      end();
    },
    heal: () => {
      isCut = false;
      answered = null;
    },
    freeze: () => {
      for (const socket of sockets) frozen.add(socket);
    },
    refusedCount: () => refused,
    [Symbol.asyncDispose]: async () => {
      end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
