import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('metrics have the common prefix and fixed labels, and each name exists once', async () => {
  const metrics = createMetrics();
  const spec = { name: 'calls_total', help: 'Calls made.', labels: ['vendor', 'outcome'] as const };
  metrics.counter(spec).add({ vendor: 'onefile', outcome: 'done' });
  metrics.counter(spec).add({ vendor: 'onefile', outcome: 'done' }, 2);
  expect(await metrics.read()).toContain('pics_sync_calls_total{vendor="onefile",outcome="done"} 3');
});

test('a label that was not declared is refused', () => {
  const counter = createMetrics().counter({ name: 'held_total', help: 'Held.', labels: ['code'] });
  expect(() => counter.add({ ident: '00017' } as unknown as { code: string })).toThrow();
});

test('values computed on read are fresh at every read', async () => {
  const metrics = createMetrics();
  const gauge = metrics.gauge({ name: 'held', help: 'Held now.', labels: [] });
  let held = 0;
  metrics.onRead(() => {
    held += 1;
    gauge.set({}, held);
  });
  await metrics.read();
  expect(await metrics.read()).toContain('pics_sync_held 2');
});

test('counting, setting and observing return nothing that a caller could await', () => {
  const metrics = createMetrics();
  const labels = [] as const;
  const counter = metrics.counter({ name: 'a_total', help: 'A.', labels });
  const gauge = metrics.gauge({ name: 'b', help: 'B.', labels });
  const histogram = metrics.histogram({ name: 'c_seconds', help: 'C.', labels, buckets: [1] });
  const returned: unknown[] = [counter.add({}), gauge.set({}, 1), gauge.clear(), histogram.observe({}, 1)];
  expect(returned).toEqual([undefined, undefined, undefined, undefined]);
});
