export { isPlanApproved } from './approval.ts';
export { changeOf } from './change.ts';
export { judge, type Verdict } from './decide.ts';
export { type EntityAsked, judgeEntity } from './entity-change.ts';
export { isAllowedNamespace } from './namespaces.ts';
export { requestForbidden } from './request.ts';
export { accountsNamespaceOf, isReservedNamespace } from './reserved-namespaces.ts';
