export { type Who, whoAreEntities, whoIs, whoWas } from './account.ts';
export { actAs, type ComponentAccounts } from './act-as.ts';
export { approvalManifest } from './approval-manifest.ts';
export { askedBy, type MissingRight, missingRights } from './missing-rights.ts';
export { takeOtherRights, takeUsualRights } from './usual-rights.ts';
