import type { Command } from 'commander';
import type { Client } from 'pg';
import { Fault, usageFault } from '../base/fault.ts';
import { toLondonText } from '../domain/london.ts';
import { isUserName, maySeeNames, type UserRole, type UserRow, userRoles } from '../domain/user.ts';
import { createOneTimePassword, hashPassword } from '../page/passwords.ts';
import { createUserStore } from '../store/users.ts';
import { withStore } from './connections.ts';
import { type Column, type Io, toJsonText, toTable } from './io.ts';
import { addGroup, type CommonOptions, loadConfig, withCommonOptions } from './options.ts';
import { toUserName } from './request.ts';

type AddOptions = CommonOptions & { readonly role: string; readonly names?: boolean };

/** The people who may use the page. They are kept in the sync database; each change is in the page's audit. */
export function addUsersCommand(program: Command, io: Io): void {
  const group = addGroup(program, 'users', 'say who may use the page, and with which role');
  withCommonOptions(group.command('add'))
    .description('add a user and print a password for one use, to be changed at the first sign-in')
    .argument('<name>', 'letters, digits, dots, hyphens and underscores')
    .option('--role <role>', userRoles.join(', '), 'viewer')
    .option('--names', 'let a viewer see names of learners; operators and admins always do')
    .action((name: string, options: AddOptions) => add(io, toName(name), options));
  withCommonOptions(group.command('reset'))
    .description('give a user a new password for one use; its sessions end')
    .argument('<name>', 'name of the user')
    .action((name: string, options: CommonOptions) => reset(io, toName(name), options));
  withCommonOptions(group.command('list'))
    .description('list users with their roles and when they last signed in')
    .action((options: CommonOptions) => list(io, options));
  withCommonOptions(group.command('remove'))
    .description('remove a user; its sessions end at once')
    .argument('<name>', 'name of the user')
    .action((name: string, options: CommonOptions) => remove(io, toName(name), options));
}

function toName(text: string): string {
  const name = text.trim().toLowerCase();
  if (!isUserName(name))
    throw usageFault(
      `"${text}" cannot be the name of a user: it has 2 to 64 letters, digits, dots, hyphens and underscores, and begins with a letter or digit.`,
    );
  return name;
}

function toRole(text: string): UserRole {
  const role = userRoles.find((one) => one === text);
  if (role === undefined)
    throw usageFault(`There is no role "${text}" of a user. Known: ${userRoles.join(', ')}.`);
  return role;
}

async function add(io: Io, name: string, options: AddOptions): Promise<void> {
  const role = toRole(options.role);
  const password = createOneTimePassword();
  const user = { name, role, seesNames: options.names === true, mustChange: true };
  await withStore(loadConfig(io, options), async (client) => {
    const users = createUserStore(client);
    if (!(await users.add({ ...user, password: await hashPassword(password) })))
      throw new Fault(`There is a user ${name} already. "users list" shows all.`);
    await record(client, 'user-added', name);
  });
  write(io, options, { name, role, password });
}

async function reset(io: Io, name: string, options: CommonOptions): Promise<void> {
  const password = createOneTimePassword();
  await withStore(loadConfig(io, options), async (client) => {
    const change = { password: await hashPassword(password), mustChange: true };
    if (!(await createUserStore(client).setPassword(name, change))) throw noUser(name);
    await record(client, 'password-reset', name);
  });
  write(io, options, { name, password });
}

function write(
  io: Io,
  { json }: CommonOptions,
  made: { readonly name: string; readonly role?: UserRole; readonly password: string },
): void {
  const role = made.role === undefined ? '' : `  role      ${made.role}\n`;
  const text = `  user      ${made.name}\n${role}  password  ${made.password}\nIt is shown once, and must be changed at the first sign-in.\n`;
  io.write(json ? toJsonText(made) : text);
}

const columns: readonly Column<UserRow>[] = [
  { title: 'user', value: ({ name }) => name },
  { title: 'role', value: ({ role }) => role },
  { title: 'names', value: (user) => (maySeeNames(user) ? 'yes' : 'no') },
  { title: 'signed in', value: ({ lastSignInAtMs: atMs }) => (atMs === null ? 'never' : toLondonText(atMs)) },
  { title: 'sessions', value: ({ sessions }) => sessions, isNumber: true },
  { title: 'password', value: ({ mustChange }) => (mustChange ? 'to be changed' : 'own') },
];

async function list(io: Io, options: CommonOptions): Promise<void> {
  const users = await withStore(loadConfig(io, options), (client) => createUserStore(client).list());
  if (options.json) return io.write(toJsonText(users));
  if (users.length === 0) return io.write('There are no users. "users add" adds one.\n');
  io.write(toTable(columns, users));
}

async function remove(io: Io, name: string, options: CommonOptions): Promise<void> {
  await withStore(loadConfig(io, options), async (client) => {
    if (!(await createUserStore(client).remove(name))) throw noUser(name);
    await record(client, 'user-removed', name);
  });
  io.write(options.json ? toJsonText({ name }) : `User ${name} is removed.\n`);
}

function noUser(name: string): Fault {
  return new Fault(`There is no user ${name}. "users list" shows all.`);
}

function record(client: Client, act: string, about: string): Promise<void> {
  const entry = { by: toUserName(), act, about, idents: [], address: null };
  return createUserStore(client).recordAudit(entry);
}
