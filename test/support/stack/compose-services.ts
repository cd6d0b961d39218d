import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { projectDir } from '../../../stack/state.ts';

/** A service of docker-compose.yml as it runs when no variable is given. */
export type ComposeService = { image: string; environment: Record<string, string>; command: string[] };

type Written = { image?: string; environment?: Record<string, string>; command?: string[] };

/** `${NAME:-default}` as it reads when nobody gave a value. */
export function toDefaultValue(text: string): string {
  return text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
}

/** Containers of tests are those of Compose, so that there is one place that says how they run. */
export function readComposeService(name: string): ComposeService {
  const file = path.join(projectDir(), 'docker-compose.yml');
  const { services } = parse(readFileSync(file, 'utf8'), { merge: true }) as {
    services: Record<string, Written>;
  };
  const { image = '', environment = {}, command = [] } = services[name] ?? {};
  return {
    image,
    environment: Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [key, toDefaultValue(String(value))]),
    ),
    command,
  };
}
