import { untilAborted } from '../../../src/base/sleep.ts';
import type { Change } from '../../../src/domain/change.ts';
import type { Answer, CommandRequest } from '../../../src/domain/request.ts';
import { createHandleChange } from '../../../src/engine/changes.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { workCommands } from '../../../src/requests/dispatch.ts';
import { withEngine } from '../../../src/roles/outbound.ts';
import type { MonthExchange } from './exchange.ts';
import { type MonthPorts, openPorts, roleSettings } from './ports.ts';
import type { Process } from './process.ts';

export type OutboundProcess = {
  readonly process: Process;
  readonly handle: (change: Change) => Promise<void>;
  /** A user's command. */
  readonly command: (request: CommandRequest) => Promise<Answer>;
};

/** Consumes changes of PICS, and takes up what a killed process has left open. */
export function startOutbound(exchange: MonthExchange): OutboundProcess {
  const process = exchange.newProcess();
  const opened = openPorts(exchange, process);
  const started = opened.then((ports) => startEngine(exchange, process, ports));
  void started.then(async (engine) => {
    for (const ident of exchange.world.ledger.unsettledIdents(exchange.name))
      void engine
        .submit({ ident, demand: 'change', priority: 'live', txIds: [], committedAtMs: null })
        .catch(() => {});
  });
  const { signal } = process;
  return {
    process,
    handle: async (change) => {
      const engine = await started;
      await createHandleChange({
        ...(await opened),
        engine,
        oldAfterMs: roleSettings(exchange).runs.oldAfterMs,
        signal,
      })({ kind: 'change', change });
    },
    command: async (request) => {
      const handle = workCommands[request.kind];
      if (handle === undefined) throw new Error(`there is no command ${request.kind}`);
      const workplace = { ...(await opened), engine: await started, liveLetters: ['L'], signal };
      // Its commands need no topics but those of the engine.
      return handle(request, async () => {}, workplace as unknown as Parameters<typeof handle>[2]);
    },
  };
}

/**
 * The product's delivery engine of one process. A killed process leaves it as it stands. One that is asked to stop, or
 * that has lost its place in the ledger, ends as the product ends it.
 */
export function startEngine(exchange: MonthExchange, process: Process, ports: MonthPorts): Promise<Engine> {
  const started = Promise.withResolvers<Engine>();
  withEngine(
    ports.vendor,
    ports as unknown as Parameters<typeof withEngine>[1],
    roleSettings(exchange),
    process.signal,
    async (engine, signal) => {
      started.resolve(engine);
      await Promise.race([process.died, untilAborted(signal)]);
    },
  ).then(
    () => process.kill(),
    (fault: unknown) => {
      const isOver = !process.isAlive || process.hasLostItsPlace;
      process.kill();
      if (!isOver) exchange.world.fail(fault);
    },
  );
  return started.promise;
}
