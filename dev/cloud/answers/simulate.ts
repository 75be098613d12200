import { layersOf } from '../authorize.ts';
import type { Call } from '../calls/call.ts';
import type { IamAccount } from '../iam-account.ts';
import { createContext, extendContext } from '../policy/context.ts';
import { parsePolicy } from '../policy/document.ts';
import { type Decision, evaluate, type Layer } from '../policy/evaluate.ts';
import { escapeXml, Refusal } from '../wire/refusal.ts';
import { type CloudRequest, type CloudResponse, formOf, xmlResponse } from '../wire/request.ts';

/** iam:SimulatePrincipalPolicy and SimulateCustomPolicy, answered by the evaluator that decides here anyway. */
export async function simulate(call: Call, request: CloudRequest, iam: IamAccount): Promise<CloudResponse | undefined> {
  if (call.service !== 'iam' || !/^Simulate(Principal|Custom)Policy$/.test(call.action)) return undefined;
  const form = formOf(request);
  const source = form.get('PolicySourceArn');
  const layers = source === null ? customLayers(form) : await sourceLayers(source, form, iam);
  const context = extendContext(createContext({}), contextOf(form), []);
  const actions = listed(form, 'ActionNames');
  const resources = listed(form, 'ResourceArns');
  const results = actions.flatMap((action) =>
    (resources.length === 0 ? ['*'] : resources).map((resource) => {
      // Somebody with all rights has no policies here to evaluate.
      const decision: Decision =
        layers === 'everything' ? { allowed: true } : evaluate(layers, { action, resource }, context);
      return result(action, resource, decision);
    }),
  );
  return xmlResponse(
    `<${call.action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${call.action}Result>` +
      `<IsTruncated>false</IsTruncated><EvaluationResults>${results.join('')}</EvaluationResults>` +
      `</${call.action}Result><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></${call.action}Response>`,
  );
}

async function sourceLayers(source: string, form: URLSearchParams, iam: IamAccount): Promise<Layer[] | 'everything'> {
  const name = /:role\/(?:.*\/)?([^/]+)$/.exec(source)?.[1];
  if (name === undefined) return 'everything';
  const role = await iam.role(name);
  if (role === undefined) throw new Refusal(404, 'NoSuchEntity', `The role with name ${name} cannot be found.`);
  const [identity, ...rest] = layersOf(role);
  const added = listed(form, 'PolicyInputList').map((json, index) => parsePolicy(`PolicyInputList.${index + 1}`, json));
  return [{ kind: 'identity-based', policies: [...(identity?.policies ?? []), ...added] }, ...rest];
}

function customLayers(form: URLSearchParams): Layer[] {
  const policies = (name: string) => listed(form, name).map((json, index) => parsePolicy(`${name}.${index + 1}`, json));
  const boundary = policies('PermissionsBoundaryPolicyInputList');
  return [
    { kind: 'identity-based', policies: policies('PolicyInputList') },
    ...(boundary.length === 0 ? [] : [{ kind: 'permissions boundary', policies: boundary }]),
  ];
}

function result(action: string, resource: string, decision: Decision): string {
  const refused = decision.allowed ? undefined : decision.explicit === true ? 'explicitDeny' : 'implicitDeny';
  return (
    `<member><EvalActionName>${escapeXml(action)}</EvalActionName><EvalResourceName>${escapeXml(resource)}</EvalResourceName>` +
    `<EvalDecision>${refused ?? 'allowed'}</EvalDecision><MatchedStatements/><MissingContextValues/></member>`
  );
}

function contextOf(form: URLSearchParams): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (let n = 1; ; n += 1) {
    const key = form.get(`ContextEntries.member.${n}.ContextKeyName`);
    if (key === null) return values;
    values[key] = listed(form, `ContextEntries.member.${n}.ContextKeyValues`);
  }
}

function listed(form: URLSearchParams, name: string): string[] {
  const values: string[] = [];
  for (let n = 1; ; n += 1) {
    const value = form.get(`${name}.member.${n}`);
    if (value === null) return values;
    values.push(value);
  }
}
