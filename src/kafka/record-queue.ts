import type { ConsumedRecord } from '../contract/consumed-record.ts';

/** Roughly what a record costs beside its key and value. */
const recordOverheadBytes = 200;

export function recordBytes({ key, value }: ConsumedRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + recordOverheadBytes;
}

/** First in, first out, without moving what is behind. */
export class RecordQueue {
  #records: (ConsumedRecord | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  add(records: readonly ConsumedRecord[]): void {
    for (const record of records) {
      this.#records.push(record);
      this.#bytes += recordBytes(record);
    }
  }

  take(): ConsumedRecord | null {
    const record = this.#records[this.#head];
    if (record === undefined) return null;
    this.#records[this.#head] = undefined;
    this.#head += 1;
    this.#bytes -= recordBytes(record);
    if (this.#head > 512 && this.#head * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#head);
      this.#head = 0;
    }
    return record;
  }

  peek(): ConsumedRecord | null {
    return this.#records[this.#head] ?? null;
  }

  get count(): number {
    return this.#records.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }
}
