import { randomUUID } from 'node:crypto';
import type { RequestRow } from '../../../src/domain/request.ts';
import type { VendorName } from '../../../src/domain/vendor-name.ts';
import { insertRequest, readRequest } from '../../../src/pics/request.ts';
import { eventually } from '../eventually.ts';
import type { Deployment } from './deployment.ts';

type Given = {
  readonly vendor?: VendorName;
  readonly ident?: string;
  readonly officer?: string;
  readonly payload?: NonNullable<RequestRow['payload']>;
};

/** Gives a command as a row of PICS, and waits until its end stands there. */
export async function command(
  deployment: Deployment,
  kind: string,
  { vendor = 'onefile', ident, officer, payload }: Given = {},
): Promise<RequestRow> {
  const { pics } = deployment;
  const id = randomUUID();
  await insertRequest(pics, {
    id,
    kind,
    vendor,
    ident: ident ?? null,
    officer: officer ?? null,
    organisation: null,
    payload: payload ?? null,
    requestedBy: 'test',
  });
  return eventually(async () => {
    const row = await readRequest(pics, id);
    if (row === null || ['new', 'working'].includes(row.status))
      throw new Error(`the command ${kind} is still ${row?.status}`);
    return row;
  }, 30_000);
}
