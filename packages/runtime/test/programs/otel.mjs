// Metrics of the real OpenTelemetry SDK, printed by its exporter when they are flushed. HANG=yes: the collector never answers.
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { createLifecycle } from '@spotproof/runtime';
import { observeDrain } from '@spotproof/runtime/otel';

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })] });
const life = createLifecycle();
observeDrain({
  meter: provider.getMeter('app'),
  flushReserveMs: Number(process.env.RESERVE ?? 400),
  async flush({ remainingMs }) {
    console.log('flush', Math.round(remainingMs()));
    if (process.env.HANG === 'yes') return await new Promise(() => {});
    await provider.forceFlush();
    for (const { descriptor, dataPoints } of exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))) {
      for (const { value, attributes } of dataPoints) {
        console.log('metric', descriptor.name, descriptor.unit, value.count ?? value, value.sum > 0, JSON.stringify(attributes));
      }
    }
  },
});
life.hook('database', () => console.log('hook'));
if (process.env.LOSE === 'yes') life.track('import', { file: 'a.csv' });
setInterval(() => {}, 1_000);
console.log('listening 0');
