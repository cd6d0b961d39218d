import { expect } from 'vitest';
import { useStack } from './use-stack.ts';

/** A schema of a record with this name. */
export const schemaOf = (name: string) =>
  JSON.stringify({ type: 'record', name, fields: [{ name: 'learner', type: 'string' }] });

/** Registers the schema of a record that is named as the subject, and gives its id. */
export async function registerSchema(subject: string): Promise<number> {
  const response = await fetch(`${useStack().registry}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: schemaOf(subject) }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { id: number }).id;
}

export async function readSchema(id: number): Promise<unknown> {
  const response = await fetch(`${useStack().registry}/schemas/ids/${id}`);
  expect(response.status).toBe(200);
  return JSON.parse(((await response.json()) as { schema: string }).schema);
}
