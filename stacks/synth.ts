/* oxlint-disable no-new -- a construct adds itself to its scope */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdktf';
import { parseValue } from '../contract/index.ts';
import { AccountStack } from './aws/account/account-stack.ts';
import { BaseStack } from './aws/base/base-stack.ts';
import { kubernetesInputsSchema } from './inputs.ts';
import { KubernetesStack } from './kubernetes/kubernetes-stack.ts';
import type { StackRequest } from './request.ts';

/** Everything that needs CDKTF; loaded only when something is synthesised. */
export function synth({ outDir, ...request }: StackRequest & { outDir: string }): { dir: string } {
  mkdirSync(outDir, { recursive: true });
  const app = new App({ outdir: outDir, stackTraces: false });
  addStack(app, request);
  app.synth();
  return { dir: join(outDir, 'stacks', request.stack) };
}

export function addStack(app: App, request: StackRequest): void {
  switch (request.stack) {
    case 'account':
      new AccountStack(app, 'account', request.productPermissions ?? [], request.filledIn);
      return;
    case 'base':
      new BaseStack(app, 'base', request.filledIn);
      return;
    case 'kubernetes':
      new KubernetesStack(
        app,
        'kubernetes',
        parseValue(request.inputs, kubernetesInputsSchema, 'the inputs of stack kubernetes'),
      );
  }
}
