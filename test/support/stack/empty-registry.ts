import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A way to the registry on which it can look as if it had been built again empty: it knows only what is registered since. */
export type RegistryDoor = AsyncDisposable & { readonly url: string; isEmpty: boolean };

/** `registry`: the Confluent-compatible interface. */
export async function openRegistryDoor(registry: string): Promise<RegistryDoor> {
  const { origin, pathname } = new URL(registry);
  const registered = new Set<string>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked = /\/schemas\/ids\/(\d+)/.exec(request.url ?? '')?.[1];
    if (door.isEmpty && asked !== undefined && !registered.has(asked)) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error_code: 40403, message: 'Schema not found' }));
      return;
    }
    const type = request.headers['content-type'];
    const answer = await fetch(`${origin}${request.url}`, {
      method: request.method ?? 'GET',
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      ...(type !== undefined && { headers: { 'content-type': type } }),
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    const text = await answer.text();
    if (door.isEmpty && request.method === 'POST') registered.add(/"id":(\d+)/.exec(text)?.[1] ?? '');
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const door: RegistryDoor = {
    url: `http://127.0.0.1:${port}${pathname}`,
    isEmpty: false,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return door;
}
