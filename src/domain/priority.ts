/**
 * Priorities for calls, most urgent first. Each keeps a minimum share, so none starves.
 *
 * `command`: a person waits. `live`: a change in PICS. `poll`: full passes. `replay`: replays and the extra
 * reads between passes.
 */
export const priorities = ['command', 'live', 'poll', 'replay'] as const;
export type Priority = (typeof priorities)[number];
