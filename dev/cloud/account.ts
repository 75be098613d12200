/** The one account of the stand-in. */
export const accountId = '123456789012';
export const region = 'eu-central-1';
export const vendorAccountId = '999999999999';
export const strangerAccountId = '777777777777';

export function arn(service: string, resource: string, place: { region?: string } = { region }): string {
  return `arn:aws:${service}:${place.region ?? ''}:${accountId}:${resource}`;
}

export function iamArn(resource: string): string {
  return arn('iam', resource, {});
}
