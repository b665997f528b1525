// What a page does that is traced: it sends spans, log records, metrics and events, and reads the answers.

import { SeverityNumber } from "@opentelemetry/api-logs";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { SimpleSpanProcessor, WebTracerProvider } from "@opentelemetry/sdk-trace-web";

const asked = new URLSearchParams(location.search);
const stack = asked.get("stack");
const service = asked.get("service");
const key = asked.get("key");
const headers = key ? { "x-honeycomb-team": key } : {};
const resource = resourceFromAttributes({ "service.name": service });

// What an exporter was answered: its code is 0 if all went well.
function watched(exporter, answers) {
  const send = exporter.export.bind(exporter);
  exporter.export = (items, done) =>
    send(items, (result) => {
      answers.push({ code: result.code, error: result.error && String(result.error) });
      done(result);
    });
  return exporter;
}

// What an exporter was refused is among its answers.
const quietly = (flushing) => flushing.catch(() => undefined);

async function spans(Exporter) {
  const answers = [];
  const exporter = watched(new Exporter({ url: `${stack}/v1/traces`, headers }), answers);
  const provider = new WebTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  provider.getTracer("page").startSpan("click").end();
  await quietly(provider.forceFlush());
  await quietly(provider.shutdown());
  return answers;
}

async function logs() {
  const answers = [];
  const exporter = watched(new OTLPLogExporter({ url: `${stack}/v1/logs`, headers }), answers);
  const processors = [new SimpleLogRecordProcessor({ exporter })];
  const provider = new LoggerProvider({ resource, processors });
  provider.getLogger("page").emit({ body: "clicked", severityNumber: SeverityNumber.INFO });
  await quietly(provider.forceFlush());
  await quietly(provider.shutdown());
  return answers;
}

async function metrics() {
  const answers = [];
  const exporter = watched(new OTLPMetricExporter({ url: `${stack}/v1/metrics`, headers }), answers);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3600000 });
  const provider = new MeterProvider({ resource, readers: [reader] });
  provider.getMeter("page").createCounter("clicks").add(1);
  await quietly(provider.forceFlush());
  return answers;
}

// What the page learns of an answer: its status, or that the browser hides it.
async function fetched(path, options) {
  try {
    const answer = await fetch(stack + path, options);
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    return { blocked: String(error) };
  }
}

function posting(body, more = {}) {
  const all = { "content-type": "application/json", "x-honeycomb-team": key ?? "any", ...more };
  return { method: "POST", headers: all, body };
}

async function run() {
  const traced = {
    baggage: "user=worf",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "x-honeycomb-dataset": service,
  };
  return {
    spans_json: await spans(OTLPTraceExporter),
    spans_protobuf: await spans(ProtoTraceExporter),
    logs: await logs(),
    metrics: await metrics(),
    event: await fetched(`/1/events/${service}`, posting('{"a":1}', traced)),
    batch: await fetched(`/1/batch/${service}`, posting('[{"data":{"a":2}}]', traced)),
    // A refusal can be read, so that a developer sees why.
    refused: await fetched("/v1/traces", posting("{")),
    beacon: navigator.sendBeacon(`${stack}/v1/traces`, new Blob(["{}"], { type: "application/json" })),
    with_cookies: await fetched("/v1/traces", { ...posting("{}"), credentials: "include" }),
    read: await fetched("/1/datasets", { headers: { "x-honeycomb-team": key ?? "any" } }),
    searched: await fetched("/TraceSummaries", { method: "POST", body: "{}" }),
  };
}

run().then(
  (results) => (window.results = results),
  (error) => (window.results = { error: String(error.stack ?? error) }),
);
