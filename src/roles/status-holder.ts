/** Lets a role give the process's status document, and the server read the newest. */
export type StatusHolder = {
  set(read: () => Promise<unknown>): void;
  read(): Promise<unknown>;
};

export function createStatusHolder(): StatusHolder {
  let current: () => Promise<unknown> = async () => ({ status: 'starting' });
  return {
    set: (read) => {
      current = read;
    },
    read: () => current(),
  };
}
