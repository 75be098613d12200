/** Statements that grant by a wildcard in the action. Every one with its reason; an unused line fails. */
export const wildcardActions: Readonly<Record<string, string>> = {
  'boundary/Ceiling': 'A permissions boundary grants nothing by itself; without it the boundary would deny everything',
};

/** Statements that grant on every resource. Every one with its reason; an unused line fails. */
export const everyResource: Readonly<Record<string, string>> = {
  'boundary/Ceiling': 'As above',
  ReadNetwork: 'EC2 has no resource-level rights for Describe',
  ReadLogGroups: 'logs:DescribeLogGroups lists; it says names and sizes, never a line',
  RegistryLogin: 'ecr:GetAuthorizationToken has no resource; what the token opens is decided per repository',
  'install-cluster/CreateCluster':
    'AWS’s reference lists no resource for it; the tag and the creator’s rights are conditions',
  'install-read/FindByTag': 'A search after a killed run; a search has no narrower resource',
  'install-job/JobLooksAtNetwork': 'EC2 has no resource-level rights for Describe',
  'runner-census/CensusLists': 'A census that sees only named things proves nothing about the others; lists only',
  'teardown-controllers/FindControllersThings': 'A search by tag and name; a search has no narrower resource',
  'preflight/Look': 'Lists and quotas of the account; on no role of the install',
  'preflight/LookAtLimits': 'Reads of the organisation; on no role of the install',
};

/** Data and machines: no statement of ours may ever grant one of these, whatever the resource, but for the places named. */
export const dataPlane: Readonly<Record<string, readonly string[]>> = {
  // The states and their locks, under the keys that the statement names.
  's3:GetObject': ['BaseState', 'ComponentStates'],
  's3:GetObjectVersion': [],
  's3:GetObjectTorrent': [],
  'kms:Decrypt': ['StateKey'],
  'kms:ReEncryptFrom': [],
  // Under the name that the statement says: whoever names a secret so wants it read.
  'secretsmanager:GetSecretValue': ['ReadSecrets'],
  'secretsmanager:BatchGetSecretValue': [],
  'ssm:GetParameter': [],
  'ssm:GetParameters': [],
  'ssm:GetParametersByPath': [],
  'ssm:GetParameterHistory': [],
  'ssm:StartSession': [],
  'ssm:ResumeSession': [],
  'ssm:SendCommand': [],
  'ssm:CreateAssociation': [],
  'ssm:StartAutomationExecution': [],
  'logs:GetLogEvents': [],
  'logs:FilterLogEvents': [],
  'logs:GetLogRecord': [],
  'logs:StartQuery': [],
  'logs:StartLiveTail': [],
  // The install role pushes to landfall/* only and must see what is there; nodes and runner pull the mirror.
  'ecr:BatchGetImage': ['PushRunner', 'Mirror', 'PullFromMirror'],
  'ecr:GetDownloadUrlForLayer': ['Mirror', 'PullFromMirror'],
  'eks:AccessKubernetesApi': [],
  'eks:MutateViaKubernetesApi': [],
  'dynamodb:GetItem': [],
  'dynamodb:Query': [],
  'dynamodb:Scan': [],
  'sqs:ReceiveMessage': [],
  'sns:Subscribe': [],
  'kinesis:GetRecords': [],
  'lambda:GetFunction': [],
  'lambda:InvokeFunction': [],
  'rds-data:ExecuteStatement': [],
  'ec2:GetConsoleOutput': [],
  'ec2:GetConsoleScreenshot': [],
  'ec2:GetPasswordData': [],
  'ec2:GetLaunchTemplateData': [],
  'ec2:DescribeInstanceAttribute': [],
  'cloudtrail:LookupEvents': [],
  'iam:CreateRole': [],
  'iam:CreateUser': [],
  'iam:CreatePolicy': [],
  'iam:CreateAccessKey': [],
  'iam:PutRolePolicy': [],
  'iam:UpdateAssumeRolePolicy': [],
  'iam:CreatePolicyVersion': [],
};

/**
 * Statements that no call on the stand-in needs, because it does not do what AWS does there. Every one with its reason; the
 * proof fails when one of them turns out to be provable.
 */
export const unprovenStatements: Readonly<Record<string, string>> = {
  'install-read/ReadRoles': 'EKS’s guide asks for it beside PassRole; the stand-in’s EKS does not look at the role',
  'install-network/TaggedRules':
    'AWS’s reference lists the rule as an optional resource; the stand-in checks the group only',
  'install-given-network/TaggedRules': 'As above',
  'install-cluster/TagNodes':
    'EKS’s guide asks for it with a launch template that tags; the stand-in’s dry run does not tag',
  'upgrade-base/TagNodes': 'As above',
  'teardown-read/ReadRepositories': 'Needed where repositories are kept by choice: Terraform then still reads them',
  'install-registry/PushRunner':
    'The registry protocol is decided request by request at the stand-in’s registry, not recorded: install/install.engines.test.ts pushes with it',
  'install-registry/RegistryLogin': 'As above',
  'runner/Mirror': 'As above: dev/cloud/registry.engines.test.ts and the demo mirror with it',
  'runner/RegistryLogin': 'As above',
  'runner/TidyMirror':
    'Proven by runner/mirror/ecr-mirror.engines.test.ts: images are deleted with it, and not without the tag',
  'runner/ReadSecrets':
    'Proven by runner/secrets/aws-secrets-manager.engines.test.ts: it reads what is named after the install, and nothing else',
  'runner/MirrorKey': 'No key is chosen for the registry there; AWS’s guide for encrypted repositories asks for it',
  'install-job/JobLogs': 'CodeBuild does not run here: the bootstrap job is run as a process with the role’s session',
  'install-job/JobLooksAtNetwork': 'As above',
  'install-job/JobInNetwork': 'As above',
  'install-job/JobInterfaceToCodeBuild': 'As above',
};
