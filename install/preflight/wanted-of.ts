import type { z } from 'zod';
import { type accountInputsSchema, type baseInputsSchema, installNames } from '../../stacks/index.ts';
import type { Wanted } from './wanted.ts';

/** The base module's own, where an install does not say; a test holds it to the module. */
export const moduleKubernetesVersion = '1.34';

/** Reads the parsed inputs of both stacks for what preflight looks at. */
export function wantedOf(account: z.infer<typeof accountInputsSchema>, base: z.infer<typeof baseInputsSchema>): Wanted {
  const { installId, accountId, region, mode, zones, nat, privateEndpoints, flowLogs, nodeProfile } = base;
  const { permissionsBoundaryArn, stateKmsKeyArn, clusterKmsKeyArn } = account;
  return {
    installId,
    accountId,
    region,
    names: installNames(base),
    mode,
    kubernetesVersion: base.kubernetesVersion ?? moduleKubernetesVersion,
    zones,
    vpcCidr: base.vpcCidr,
    nat,
    privateEndpoints,
    flowLogs,
    nodeProfile,
    nodeGroups: base.nodeGroups,
    autoCpuLimit: base.autoLimits.cpu,
    controlPlaneLink: base.controlPlaneLink.kind,
    linkCidrs: base.controlPlaneLink.kind === 'vpn' ? base.controlPlaneLink.cidrs : [],
    repositories: base.repositories,
    installExpiresAt: account.installExpiresAt,
    ...(base.vpc === undefined ? {} : { vpc: base.vpc }),
    ...(permissionsBoundaryArn === '' ? {} : { permissionsBoundaryArn }),
    ...(stateKmsKeyArn === '' ? {} : { stateKeyArn: stateKmsKeyArn }),
    ...(clusterKmsKeyArn === '' ? {} : { clusterKeyArn: clusterKmsKeyArn }),
    ...(base.monthlyBudget === undefined ? {} : { monthlyBudgetUsd: base.monthlyBudget.usd }),
  };
}
