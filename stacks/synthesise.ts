/* oxlint-disable no-new -- a construct adds itself to its scope */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdktf';
import { parseValue } from '../contract/index.ts';
import { AccountStack } from './aws/account-stack.ts';
import { BaseStack } from './aws/base-stack.ts';
import {
  type AccountInputsGiven,
  accountInputsSchema,
  type BaseInputsGiven,
  baseInputsSchema,
  type KubernetesInputsGiven,
  kubernetesInputsSchema,
} from './inputs.ts';
import { KubernetesStack } from './kubernetes/kubernetes-stack.ts';

export type StackRequest =
  | { stack: 'account'; inputs: AccountInputsGiven }
  | { stack: 'base'; inputs: BaseInputsGiven }
  | { stack: 'kubernetes'; inputs: KubernetesInputsGiven };

/** Adds the stack to the app, after parsing its inputs. */
export function addStack(app: App, stack: StackRequest['stack'], inputs: unknown): void {
  const what = `the inputs of stack ${stack}`;
  switch (stack) {
    case 'account':
      new AccountStack(app, stack, parseValue(inputs, accountInputsSchema, what));
      return;
    case 'base':
      new BaseStack(app, stack, parseValue(inputs, baseInputsSchema, what));
      return;
    case 'kubernetes':
      new KubernetesStack(app, stack, parseValue(inputs, kubernetesInputsSchema, what));
  }
}

/**
 * Writes the stack's Terraform configuration (`cdk.tf.json`) below `outDir` and says in which folder it is: that folder
 * is what OpenTofu or Terraform is run in. The same inputs give the same bytes.
 */
export function synthesise(request: StackRequest & { outDir: string }): { dir: string } {
  mkdirSync(request.outDir, { recursive: true });
  const app = new App({ outdir: request.outDir, stackTraces: false });
  addStack(app, request.stack, request.inputs);
  app.synth();
  return { dir: join(request.outDir, 'stacks', request.stack) };
}
