// Sends inferences with npm's CloudEvents SDK: binary, structured, and one whose payload is bytes. Ends with an error when an answer is not 200.
'use strict';

const assert = require('node:assert/strict');
const { CloudEvent, HTTP } = require('cloudevents');

const [url, model] = process.argv.slice(2);

async function send(event, mode) {
  const message = HTTP[mode](event);
  const response = await fetch(url, { method: 'POST', headers: message.headers, body: message.body });
  assert.equal(response.status, 200, await response.text());
}

const event = (part, id, data, more = {}) => new CloudEvent({
  id,
  type: `org.kubeflow.serving.inference.${part}`,
  source: 'http://localhost:9081/',
  inferenceservicename: model,
  namespace: 'default',
  component: 'predictor',
  endpoint: 'default',
  datacontenttype: 'application/json',
  data,
  ...more,
});

async function main() {
  await send(event('request', 'n-1', { instances: [[1, 'DE']] }), 'binary');
  await send(event('response', 'n-1', { predictions: [1] }), 'binary');

  await send(event('response', 'n-2', { outputs: [{ name: 'predict', shape: [2], datatype: 'INT64', data: [0, 1] }] }), 'structured');
  await send(event('request', 'n-2', { instances: [[2, 'FR'], [3, 'DE']] }), 'structured');

  // Bytes travel as data_base64 in structured mode.
  const bytes = new TextEncoder().encode(JSON.stringify({ instances: [[4, 'DE']] }));
  await send(event('request', 'n-3', bytes, { datacontenttype: 'application/octet-stream' }), 'structured');
  await send(event('response', 'n-3', { predictions: [1] }), 'structured');

  const refused = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/cloudevents+json' }, body: '{"specversion":"1.0"' });
  assert.equal(refused.status, 400);
  console.log('done');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
