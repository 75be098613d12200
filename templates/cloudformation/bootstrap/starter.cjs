'use strict';
// Starts a build for CloudFormation and answers when the build has ended. Runs as an AWS Lambda function of the bootstrap
// template, which carries this text; it may use nothing but Node and the AWS SDK that Lambda brings.
const https = require('node:https');
const { setTimeout: sleep } = require('node:timers/promises');
const { BatchGetBuildsCommand, CodeBuildClient, StartBuildCommand } = require('@aws-sdk/client-codebuild');

/** CloudFormation drops an answer of more bytes, and the stack would hang for an hour. */
const longestAnswer = 4096;
const requestVariable = 'LANDFALL_CFN_REQUEST';
const attempts = 5;

exports.handler = async (event) => {
  if (event.RequestType !== undefined) return onRequest(event);
  return onBuildEnded(event);
};

async function onRequest(event) {
  const { RequestType, ResponseURL, StackId, RequestId, LogicalResourceId, ResourceProperties } = event;
  const project = String(ResourceProperties?.Project ?? '');
  const request = { ResponseURL, StackId, RequestId, LogicalResourceId };
  request.PhysicalResourceId = event.PhysicalResourceId ?? (project === '' ? LogicalResourceId : project);
  // Always: a stack that cannot be deleted is worse than anything this could protect.
  if (RequestType === 'Delete') return answer(request, { Status: 'SUCCESS' });
  try {
    const override = { name: requestVariable, value: JSON.stringify(request), type: 'PLAINTEXT' };
    const command = new StartBuildCommand({
      projectName: project,
      environmentVariablesOverride: [override],
      // Lambda may call twice for one request: then it is the same build.
      idempotencyToken: RequestId,
    });
    await new CodeBuildClient({}).send(command);
  } catch (error) {
    await answer(request, { Status: 'FAILED', Reason: `${project} could not be started: ${error.message}` });
  }
}

async function onBuildEnded(event) {
  const id = event.detail?.['build-id'];
  const { builds = [] } = await new CodeBuildClient({}).send(new BatchGetBuildsCommand({ ids: [id] }));
  const build = builds[0];
  const variable = build?.environment?.environmentVariables?.find(({ name }) => name === requestVariable);
  // Started by hand: nobody waits for an answer.
  if (variable === undefined) return;
  const request = JSON.parse(variable.value);
  if (build.buildStatus === 'SUCCEEDED') {
    const exported = (build.exportedEnvironmentVariables ?? []).map(({ name, value }) => [name, value]);
    await answer(request, { Status: 'SUCCESS', Data: Object.fromEntries(exported) });
    return;
  }
  const failed = (build.phases ?? []).find(
    ({ phaseStatus }) => phaseStatus !== undefined && phaseStatus !== 'SUCCEEDED',
  );
  const why =
    failed?.contexts
      ?.map(({ message }) => message)
      .filter(Boolean)
      .join(' ') ?? '';
  const where = build.logs?.deepLink ?? `CodeBuild project ${build.projectName}`;
  await answer(request, {
    Status: 'FAILED',
    Reason: `build ${build.buildStatus} in ${failed?.phaseType ?? 'an unknown phase'}. ${why.slice(0, 600)} Log: ${where}`,
  });
}

async function answer({ ResponseURL, ...request }, outcome) {
  const reason = outcome.Reason === undefined ? {} : { Reason: outcome.Reason.slice(0, 1500) };
  let body = Buffer.from(JSON.stringify({ ...request, ...outcome, ...reason }));
  if (body.length >= longestAnswer) {
    const Reason = `the answer would have ${body.length} bytes, more than CloudFormation takes`;
    body = Buffer.from(JSON.stringify({ ...request, Status: 'FAILED', Reason }));
  }
  for (let attempt = 1; ; attempt++) {
    const status = await put(ResponseURL, body).catch((error) => error.message);
    if (typeof status === 'number' && status >= 200 && status < 300) return;
    // oxlint-disable-next-line no-console -- Lambda's log is its console
    console.log(`CloudFormation's callback answered ${status} at attempt ${attempt}`);
    // Thrown, so that the failure shows in this function's metrics and Lambda tries the event again.
    if (attempt === attempts) throw new Error(`CloudFormation's callback did not take the answer: ${status}`);
    await sleep(1000 * 2 ** (attempt - 1));
  }
}

function put(url, body) {
  return new Promise((resolve, reject) => {
    // The address is signed for an empty content type; the length is in bytes.
    const headers = { 'content-type': '', 'content-length': body.length };
    const request = https.request(url, { method: 'PUT', headers, timeout: 10_000 }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 10 s')));
    request.on('error', reject);
    request.end(body);
  });
}
