import type { CodeEntry } from './code-entry.ts';

/** Codes of the runner's edges: 050-099. */
export const runnerEdgeCodes = {
  'LF-RUNNER-050': {
    what: 'The configuration of the runner cannot be used.',
    next: 'Compare the file named in LANDFALL_CONFIG with docs/reference and correct the value named.',
  },
  'LF-RUNNER-051': {
    what: 'A signed document is meant for another install.',
    next: 'Nothing was changed. Check which install the control plane addressed; treat it as an attack if nobody moved the install.',
  },
  'LF-RUNNER-052': {
    what: 'A signed document is not newer than the one accepted before.',
    next: 'Nothing was changed. A replayed or restored control plane must issue a higher sequence.',
  },
  'LF-RUNNER-053': {
    what: 'A signed document had expired when it arrived.',
    next: 'Nothing was changed. Check the clocks of the control plane and of the node, and let the control plane issue it again.',
  },
  'LF-RUNNER-054': {
    what: 'The release that was fetched is not the one the desired state names.',
    next: 'Nothing was changed. Publish the release again, and treat it as an attack if nobody did.',
  },
  'LF-RUNNER-055': {
    what: 'A release comes from a registry the policy does not allow.',
    next: 'Add the registry to allowedRegistries of the RunnerPolicy, if you trust it.',
  },
  'LF-RUNNER-056': {
    what: 'The control plane cannot be reached or is not able to answer now.',
    next: 'Nothing to do: what runs keeps running and the runner tries again. If it lasts, check the way out on port 443.',
  },
  'LF-RUNNER-057': {
    what: 'The control plane refused a request of the runner.',
    next: 'Read the code it answered with; when the runner is not known there, make a new join token.',
  },
  'LF-RUNNER-058': {
    what: 'The hand-off secret is missing or incomplete.',
    next: 'Run the hand-off again: it writes the secret landfall-handoff.',
  },
  'LF-RUNNER-059': {
    what: 'A document kept by the runner is damaged.',
    next: 'The runner goes on with what the control plane sends next. Look for who else writes in the namespace landfall-system.',
  },
  'LF-RUNNER-060': {
    what: 'A connection to a host that is not allowed was refused.',
    next: 'Check who asked for it; the hosts come from the configuration of the runner.',
  },
  'LF-RUNNER-061': {
    what: 'A body that is not allowed out was refused at the egress gate.',
    next: 'Report this with the log around it: it is a mistake in the runner.',
  },
  'LF-RUNNER-062': {
    what: 'The telemetry spool cannot be written.',
    next: 'Check the space and the rights of the work folder.',
  },
  'LF-RUNNER-063': {
    what: 'The egress ledger is broken: a record does not follow from the one before it.',
    next: 'Somebody changed the file. Keep a copy and compare it with the control plane’s records.',
  },
  'LF-RUNNER-064': {
    what: "The vendor's registry cannot be reached or does not have what the release names.",
    next: 'Nothing to do: what runs keeps running and the runner tries again. If it lasts, ask the vendor.',
  },
  'LF-RUNNER-065': {
    what: "The customer's own registry cannot be reached or lacks an artifact.",
    next: 'Check the registry and the rights of the runner role on it.',
  },
  'LF-RUNNER-066': {
    what: 'An archive holds something that may not be unpacked.',
    next: 'Nothing was changed. Ask the vendor to build the release again; treat it as an attack if the digest was right.',
  },
  'LF-RUNNER-067': {
    what: 'A step of the ending of the install role failed.',
    next: 'The runner tries it again. If it lasts, check the rights of the runner role in the account stack.',
  },
  'LF-RUNNER-068': {
    what: 'A request was not carried out.',
    next: 'Send a request this runner knows, with an expiry in the future.',
  },
  'LF-RUNNER-069': {
    what: 'There are no AWS credentials for the runner role.',
    next: 'Check the Pod Identity association of landfall-system/landfall-runner and the agent on the node.',
  },
  'LF-RUNNER-070': {
    what: 'A desired state names a release of another product.',
    next: 'Nothing was changed. Check which product the control plane has for this install; treat it as an attack if nobody mixed them up.',
  },
  'LF-RUNNER-071': {
    what: 'A release, or the place of a secret input, reaches for a namespace or a kind that belongs to the runner or to Kubernetes itself.',
    next: 'Give the component a namespace of its own and publish again, or keep the secret in another namespace and correct its reference; treat it as an attack if nobody asked for that.',
  },
  'LF-RUNNER-072': {
    what: 'The control plane, or what stands in front of it, does not hold requests until there is news.',
    next: 'Nothing has to be done at once: the runner asks at intervals. Let proxies and caches pass on Prefer, If-None-Match and ETag as they are, and answer nothing themselves.',
  },
  'LF-RUNNER-080': {
    what: 'The mirror could not be tidied or looked after.',
    next: 'Nothing that runs is touched and the runner tries again within a day. If it lasts, check the rights of the runner role on ECR (BatchDeleteImage, DescribeImages): the account stack may have to be brought up to date.',
  },
  'LF-RUNNER-090': {
    what: 'The login of the proxy could not be read.',
    next: 'Look at the Secret that proxy.credentialsSecret of the chart names: it needs the keys username and password.',
  },
  'LF-RUNNER-081': {
    what: 'The Secret with which nodes pull from the mirror, or with which the runner fills it, cannot be used.',
    next: "Make the Secret that the message names in the runner's namespace: of type kubernetes.io/dockerconfigjson for nodes, with username and password for the runner.",
  },
  'LF-RUNNER-099': {
    what: 'An unexpected failure in runner/.',
    next: 'Report this with the message and the log around it.',
  },
} as const satisfies Record<string, CodeEntry>;
