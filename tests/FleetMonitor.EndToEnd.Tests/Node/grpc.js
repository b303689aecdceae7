// Speaks fleetmonitor.v1 with npm's gRPC, over the proto as it lies in the repository. Ends with an error when an answer is not what it should be.
'use strict';

const assert = require('node:assert/strict');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [protos, target] = process.argv.slice(2);
const definition = loader.loadSync('fleetmonitor/v1/monitor.proto', { includeDirs: [protos], keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true });
const { MonitorService } = grpc.loadPackageDefinition(definition).fleetmonitor.v1;
const monitor = new MonitorService(target, grpc.credentials.createInsecure());

const unary = (method, request, metadata = new grpc.Metadata()) => new Promise((resolve, reject) => {
  monitor[method](request, metadata, { deadline: Date.now() + 20_000 }, (error, answer) => (error ? reject(error) : resolve(answer)));
});

const columns = (first, count) => ({
  count,
  ids: Array.from({ length: count }, (_, i) => `p-${first + i}`),
  predictions: { numbers: Array.from({ length: count }, (_, i) => i % 2) },
  features: [{ name: 'amount', values: { numbers: Array.from({ length: count }, (_, i) => (i % 10 === 9 ? NaN : i)) } }],
});

async function main() {
  const { result } = await unary('RecordPredictions', { model: 'node', predictions: [{ id: 'n-1', prediction: { text: '1' }, features: { amount: { number: 3 } } }] });
  assert.equal(result.accepted, 1);

  const metadata = new grpc.Metadata();
  metadata.set('fleet-producer', 'node');
  metadata.set('fleet-sequence', '1');
  for (const duplicates of [0, 100]) {
    const answer = await unary('RecordPredictions', { model: 'node', columns: columns(0, 100) }, metadata);
    assert.equal(answer.result.duplicates, duplicates);
  }
  await assert.rejects(unary('RecordPredictions', { model: 'node' }), { code: grpc.status.INVALID_ARGUMENT });
  await assert.rejects(unary('GetModel', { model: 'nobody' }), { code: grpc.status.NOT_FOUND });

  // A stream of two hundred batches, written as fast as the other side takes them.
  const batches = 200;
  const sender = new grpc.Metadata();
  sender.set('fleet-producer', 'node');
  const stream = monitor.StreamPredictions(sender, { deadline: Date.now() + 60_000 });
  let accepted = 0;
  let answers = 0;
  stream.on('data', (answer) => {
    assert.equal(answer.index, answers++);
    assert.equal(answer.sequence, answer.index + 2);
    accepted += answer.result.accepted;
  });
  const ended = new Promise((resolve, reject) => stream.on('status', (status) => (status.code === 0 ? resolve() : reject(status))).on('error', reject));
  for (let batch = 0; batch < batches; batch++) {
    if (!stream.write({ model: 'node', sequence: batch + 2, columns: columns(100 + batch * 100, 100) })) await new Promise((resolve) => stream.once('drain', resolve));
  }
  stream.end();
  await ended;
  assert.equal(answers, batches);
  assert.equal(accepted, batches * 100);

  const labels = Array.from({ length: 50 }, (_, i) => ({ id: `p-${i}`, label: { number: 1 } }));
  assert.equal((await unary('RecordLabels', { model: 'node', labels })).result.joined, 50);

  // Cancelled in the middle: the server goes on.
  const cancelled = monitor.StreamPredictions(sender, {});
  const gone = new Promise((resolve) => cancelled.on('error', resolve));
  cancelled.write({ model: 'node', sequence: 1000, columns: columns(1_000_000, 100) });
  await new Promise((resolve) => cancelled.once('data', resolve));
  cancelled.cancel();
  assert.equal((await gone).code, grpc.status.CANCELLED);

  const model = await unary('GetModel', { model: 'node' });
  assert.equal(model.predictions, 1 + 100 + batches * 100 + 100);
  assert.equal(model.labels_joined, 50);
  console.log('done');
}

main().then(() => monitor.close(), (error) => {
  console.error(error);
  process.exit(1);
});
