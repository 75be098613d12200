/** ECR's calls, loaded by whoever makes the first: most programs never do. */
export const ecrCalls = (): Promise<typeof import('@aws-sdk/client-ecr')> => import('@aws-sdk/client-ecr');
