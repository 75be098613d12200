import type { JsonObject, Json } from '../../contract/index.ts';

/** One parameter of a CloudFormation template, as far as we use them. */
export type TemplateParameter = {
  Type: 'String' | 'Number';
  Description: string;
  Default?: string;
  AllowedValues?: readonly string[];
  AllowedPattern?: string;
  ConstraintDescription?: string;
  MinLength?: number;
  MaxLength?: number;
  MinValue?: number;
  MaxValue?: number;
  NoEcho?: boolean;
};

export type TemplateResource = {
  Type: string;
  Condition?: string;
  DependsOn?: string | string[];
  DeletionPolicy?: 'Retain' | 'Delete';
  UpdateReplacePolicy?: 'Retain' | 'Delete';
  Properties: JsonObject;
};

export type Template = {
  AWSTemplateFormatVersion: '2010-09-09';
  Description: string;
  Metadata?: JsonObject;
  Parameters: Record<string, TemplateParameter>;
  Conditions?: Record<string, Json>;
  Rules?: JsonObject;
  Resources: Record<string, TemplateResource>;
  Outputs: Record<string, { Description: string; Condition?: string; Value: Json }>;
};

export const ref = (name: string): JsonObject => ({ Ref: name });
export const sub = (text: string): JsonObject => ({ 'Fn::Sub': text });
export const attribute = (resource: string, name: string): JsonObject => ({ 'Fn::GetAtt': [resource, name] });
export const either = (condition: string, then: Json, otherwise: Json): JsonObject => ({
  'Fn::If': [condition, then, otherwise],
});
export const is = (parameter: string, value: string): JsonObject => ({ 'Fn::Equals': [ref(parameter), value] });
export const isGiven = (parameter: string): JsonObject => ({ 'Fn::Not': [is(parameter, '')] });
export const noValue: JsonObject = ref('AWS::NoValue');
