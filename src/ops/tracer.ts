import { type Context, ROOT_CONTEXT, trace as traceApi } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { exitCodes, Fault } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import { sleep } from '../base/sleep.ts';
import { noTracer, type TraceFields, type Tracer, traceFieldNames } from '../domain/trace.ts';

/** How long a stop waits for traces that were not sent yet, milliseconds. */
const closeWithinMs = 1_000;
/** Of a value; ids and codes are far shorter. */
const longestValue = 100;

/** The environment's names are those of OpenTelemetry, so that a site sets them as for its other programs. */
type TracerOptions = {
  /** `OTEL_EXPORTER_OTLP_ENDPOINT`; absent or empty: nothing is traced. */
  readonly endpoint: string | undefined;
  /** `OTEL_SERVICE_NAME`. */
  readonly serviceName?: string | undefined;
  readonly log: Log;
};

/**
 * Sends traces to a receiver that speaks OTLP over HTTP.
 *
 * Spans are kept, 2,048 at most, and sent some seconds later, beside the work; what the receiver does not take is
 * dropped. So a receiver that is away disturbs nothing: the log says it once, and once when it is back. Credentials for
 * the receiver are read from `OTEL_EXPORTER_OTLP_HEADERS` by the exporter. Throws a fault when the endpoint is no address.
 */
export function createTracer({
  endpoint,
  serviceName,
  log,
}: TracerOptions): Tracer & { close(): Promise<void> } {
  if (endpoint === undefined || endpoint === '') return { ...noTracer, close: async () => {} };
  const exporter = watchExports(new OTLPTraceExporter({ url: toTracesUrl(endpoint) }), log);
  const processor = new BatchSpanProcessor({ exporter });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName || 'pics-sync' }),
    spanLimits: { attributeValueLengthLimit: longestValue },
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('pics-sync');
  return {
    begin: ({ atMs, fields }) => {
      const root = tracer.startSpan(
        'change',
        { startTime: atMs, attributes: toAttributes(fields) },
        ROOT_CONTEXT,
      );
      const within: Context = traceApi.setSpan(ROOT_CONTEXT, root);
      return {
        part: (part) => {
          // It began for changes before this one.
          if (part.fromMs < atMs) return;
          const { step } = part.fields ?? {};
          const name = part.name === 'call' && step != null ? `call ${step}` : part.name;
          const attributes = toAttributes(part.fields ?? {});
          tracer.startSpan(name, { startTime: part.fromMs, attributes }, within).end(part.untilMs);
        },
        note: (noted) => void root.setAttributes(toAttributes(noted)),
        end: (endMs) => root.end(endMs),
      };
    },
    close: async () => {
      const isClosed = new AbortController();
      const closing = provider.shutdown().catch(() => undefined);
      await Promise.race([closing, sleep(closeWithinMs, isClosed.signal)]);
      isClosed.abort();
    },
  };
}

/** The base address of a receiver, to which OpenTelemetry adds what is sent there. */
function toTracesUrl(endpoint: string): string {
  const base = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (base === null || !['http:', 'https:'].includes(base.protocol))
    throw new Fault(
      'OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://127.0.0.1:4318. Without it nothing is traced.',
      exitCodes.usage,
    );
  return `${base.href.replace(/\/+$/, '')}/v1/traces`;
}

const allowed: ReadonlySet<string> = new Set(traceFieldNames);

/** Fields of the list alone, whatever a caller gives. */
function toAttributes(fields: TraceFields): Record<string, string | number> {
  const found = Object.entries(fields).flatMap(([name, value]) =>
    value === null || value === undefined || !allowed.has(name)
      ? []
      : [[`pics_sync.${name}`, value] as const],
  );
  return Object.fromEntries(found);
}

/** Says when the receiver stops taking traces, and when it takes them again. */
function watchExports(exporter: SpanExporter, log: Log): SpanExporter {
  let isAway = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== 0;
        if (failed && !isAway)
          log.warn('traces cannot be sent and are dropped; nothing else is disturbed', {
            code: 'TRACES_AWAY',
          });
        if (!failed && isAway) log.info('traces are sent again', { code: 'TRACES_BACK' });
        isAway = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush === undefined
      ? {}
      : { forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve() }),
  };
}
