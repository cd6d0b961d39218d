/**
 * Who goes first when calls are scarce. Each keeps a minimum share, so none starves.
 *
 * `command`: a person waits. `live`: a change of PICS. `poll`: full passes. `replay`: replays, and looking around
 * between passes.
 */
export const priorities = ['command', 'live', 'poll', 'replay'] as const;
export type Priority = (typeof priorities)[number];
