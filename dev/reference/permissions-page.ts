import {
  awsManagedPolicies,
  dataPlane,
  everyResource,
  guardPolicies,
  phaseCounts,
  phases,
  type PolicyHolder,
  policyHolders,
  policyWhen,
  type Statement,
  statementsOf,
  type Trust,
  trusts,
  unprovenStatements,
  wildcardActions,
} from '../../stacks/index.ts';

const about: Readonly<Record<PolicyHolder, string>> = {
  preflight:
    'For whoever runs `landfall install preflight` without being an admin. No role of the install has these: reads only.',
  install:
    'Makes the base layer and hands over to the runner. Exists once, until its date or the hand-off, whichever comes first.',
  runner: 'What stays. It also ends the install role. The product’s own rights come beside it, as `<prefix>-product`.',
  upgrade: 'Only the runner becomes this role, while it upgrades the base layer.',
  teardown: 'Exists only while `teardown_access = open`, for people of the account whom its IAM allows.',
  cluster: 'EKS’s control plane. Policies of AWS only.',
  node: 'The nodes.',
  flow: 'The flow logs of the VPC.',
  storage: 'AWS’s EBS driver in the cluster. A policy of AWS only.',
};

/** docs/permissions.md: every statement with its reason, from the same source as the policies. */
export function permissionsPage(): string {
  return [
    '# Permissions',
    '',
    'Every right that Landfall has in the account, why, and when. Generated from `stacks/permissions/`, as are the policies of the',
    'Terraform module, the CloudFormation template and the by-hand guide: change it there and run `npm run dev -- reference`.',
    '',
    '`${prefix}` stands for the start of every name (`lf-<install>` unless chosen), `${install}` for the id in the tag',
    '`landfall:install`, `${cluster}` for the cluster, `${state-key}` and `${cluster-key}` for the two KMS keys.',
    '',
    '## How many statements, by phase',
    '',
    ...countsTable(),
    '',
    'A statement that serves two phases is counted in both.',
    '',
    '## Who may become which role',
    '',
    '| role | who | on which conditions | why |',
    '|---|---|---|---|',
    ...Object.entries(trusts).map(([kind, trust]) => trustRow(kind, trust)),
    '',
    ...policyHolders.flatMap(holderSection),
    ...awsSection(),
    ...guardSection(),
    ...exceptionsSection(),
    ...proofSection,
    '',
  ].join('\n');
}

function countsTable(): string[] {
  const counts = phaseCounts();
  const holders = policyHolders.filter((holder) => phases.some((phase) => counts[phase][holder] !== undefined));
  return [
    `| phase | ${holders.join(' | ')} |`,
    `|---|${holders.map(() => '---').join('|')}|`,
    ...phases.map((phase) => `| ${phase} | ${holders.map((holder) => counts[phase][holder] ?? '').join(' | ')} |`),
  ];
}

function trustRow(kind: string, trust: Trust): string {
  const who = 'aws' in trust.principal ? trust.principal.aws : trust.principal.service;
  return `| ${kind} | ${code(who)} | ${conditions(trust)} | ${trust.reason} |`;
}

function holderSection(holder: PolicyHolder): string[] {
  const policies = Object.entries(statementsOf(holder));
  if (policies.length === 0) return [`## ${holder}`, '', about[holder], ''];
  return [
    `## ${holder}`,
    '',
    about[holder],
    '',
    ...policies.flatMap(([name, statements]) => [
      `### \`<prefix>-${name}\`${whenOf(name)}`,
      '',
      ...statementsTable(statements),
      '',
    ]),
  ];
}

function awsSection(): string[] {
  const rows = Object.entries(awsManagedPolicies).map(
    ([who, names]) =>
      `| ${who} | ${names.map((name) => code(`arn:\${partition}:iam::aws:policy/${name}`)).join('<br>')} |`,
  );
  const why = "What AWS's own parts need, AWS says: these are its policies, and they change when AWS changes them.";
  return [
    '## Policies of AWS',
    '',
    why,
    '',
    '| role (`Auto`: with node profile `auto`) | policies |',
    '|---|---|',
    ...rows,
    '',
  ];
}

function whenOf(name: string): string {
  const { modes, principal, option } = policyWhen[name] ?? {};
  const words = [
    ...(modes === undefined ? [] : [`mode ${modes.join(' or ')}`]),
    ...(principal === undefined ? [] : ['1-click way only']),
    ...(option === undefined ? [] : ['unless `census` is off']),
  ];
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

function statementsTable(statements: readonly Statement[]): string[] {
  return [
    '| statement | phase | why | actions | on | only if |',
    '|---|---|---|---|---|---|',
    ...statements.map((statement) =>
      [
        '',
        statement.effect === 'Deny' ? `${statement.sid} (deny)` : statement.sid,
        statement.phases.join(', '),
        statement.reason,
        statement.actions.map(code).join('<br>'),
        resources(statement),
        conditions(statement),
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ];
}

function resources({ resources: on, notResources }: Statement): string {
  if (notResources !== undefined) return `everything but ${notResources.map(code).join('<br>')}`;
  return (on ?? []).map(code).join('<br>');
}

function conditions({ conditions: given = {} }: Pick<Statement, 'conditions'>): string {
  return Object.entries(given)
    .flatMap(([operator, block]) =>
      Object.entries(block).map(([key, value]) => `${operator} ${code(key)}: ${[value].flat().map(code).join(' or ')}`),
    )
    .join('<br>');
}

function code(text: string): string {
  return `\`${text}\``;
}

function guardSection(): string[] {
  return [
    '## Boundary, limits, ended',
    '',
    '`<prefix>-boundary` is the permissions boundary of the install, runner, upgrade and teardown role: whatever policies they ever',
    'get, what it denies stays out of reach. Where the customer gives a boundary of their own, the same denies are attached as',
    '`<prefix>-limits`. `<prefix>-ended` is attached to the install role when the install is over.',
    '',
    ...statementsTable(guardPolicies.boundary),
    '',
    '### `<prefix>-ended`',
    '',
    ...statementsTable(guardPolicies.ended),
    '',
  ];
}

function exceptionsSection(): string[] {
  const list = (exceptions: Readonly<Record<string, string>>): string[] =>
    Object.entries(exceptions).map(([name, reason]) => `- ${code(name)}: ${reason}`);
  const never = Object.entries(dataPlane).filter(([, places]) => places.length === 0);
  const some = Object.entries(dataPlane).filter(([, places]) => places.length > 0);
  return [
    '## Exceptions, all of them',
    '',
    'Actions granted by a wildcard:',
    '',
    ...list(wildcardActions),
    '',
    'Statements on every resource:',
    '',
    ...list(everyResource),
    '',
    'Reads of data, by the only statements that grant them:',
    '',
    ...some.map(([action, places]) => `- ${code(action)}: ${places.join(', ')}`),
    '',
    `Granted by no statement: ${never.map(([action]) => code(action)).join(', ')}.`,
    '',
    'Statements that no call on the stand-in needs, because AWS does something there that it does not:',
    '',
    ...list(unprovenStatements),
    '',
  ];
}

const proofSection = [
  '## What is proven, and how',
  '',
  '- A recording proxy in front of an AWS stand-in keeps every call that the real Terraform provider, the runner and the teardown',
  '  make, with the rights and condition keys that AWS’s service authorization reference lists for it',
  '  (`test/permissions/proof.engines.test.ts`). @cloud-copilot/iam-simulate, an evaluator that is not ours, says that all of them',
  '  are allowed by these policies under the boundary; with any one statement removed at least one call is denied, but for the list',
  '  above.',
  '- Known ways from few rights to many, or out of the account, are each tried with each role and denied; with one careless',
  '  statement and no boundary each works (`test/permissions/escalation.matrix.test.ts`).',
  '- Every action, condition key and resource kind is one that AWS’s reference knows (`test/permissions/statements.test.ts`).',
  '- Not proven: that AWS decides as its reference and the simulator say. The recorded calls come from a stand-in.',
];
