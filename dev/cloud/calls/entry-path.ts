/** `role/<account>/<name>`, as EKS writes a principal into an access entry's ARN. */
export function entryPath(principalArn: string): string {
  const parts = /^arn:aws:iam::(\d+):(role|user)\/(?:.*\/)?([^/]+)$/.exec(principalArn);
  return parts === null ? 'role/unknown/unknown' : `${parts[2]}/${parts[1]}/${parts[3]}`;
}
