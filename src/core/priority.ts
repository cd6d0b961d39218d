/** Who goes first when calls are scarce. Each keeps a minimum share, so none starves. */
export const priorities = ['command', 'live', 'poll', 'replay'] as const;
export type Priority = (typeof priorities)[number];
