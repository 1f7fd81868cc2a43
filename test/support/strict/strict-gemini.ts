/** Refuses what Gemini's generateContent refuses, in its words where they are known. */
import type { JsonValue } from '../../../agent/json';
import type { Refusal, Rule } from './strict-errors';
import { firstRefusal, geminiRefusal } from './strict-errors';
import * as contents from './strict-gemini-contents';
import * as request from './strict-gemini-request';
import * as tools from './strict-gemini-tools';
import type { GeminiContent, GeminiView } from './strict-gemini-view';
import { geminiView } from './strict-gemini-view';
import { findIn, isObject, objectOf, textOf } from './strict-json';
import { isBase64OrBase64Url } from './strict-media';
import type { CheckOptions, RequestHeaders } from './strict-request';

type Finding = Refusal | undefined;

/** What Google documents for calls that no Gemini model made: they are not looked at. */
const sentinels = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

/** As it is, or (recorded) as the Base64 of it. */
function isSentinel(signature: string): boolean {
  const decoded = Buffer.from(signature, 'base64').toString('utf8');
  return sentinels.includes(signature) || sentinels.includes(decoded);
}

/** Where the answer to the last thing that a user said begins. */
function openTurnStart(turns: readonly GeminiContent[]): number {
  const isQuestion = ({ role, parts }: GeminiContent): boolean =>
    role === 'user' && !parts.at(-1)?.['functionResponse'];
  return turns.findLastIndex(isQuestion) + 1;
}

/** Since Gemini 3: the first call of each step of the open turn carries the thought that led to it. */
export function firstCallsAreSigned({ turns, traits }: GeminiView): Finding {
  if (!traits?.needsSignatures) return undefined;
  const start = openTurnStart(turns);
  return findIn(turns, ({ calls, role }, index) => {
    const first = calls[0];
    if (index < start || role !== 'model' || !first || first['thoughtSignature']) return undefined;
    const name = textOf(objectOf(first['functionCall'])['name']);
    return geminiRefusal(
      `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${name}\` , position ${index + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
    );
  });
}

/** A signature belongs to its part and to the model that signed it. */
export function signaturesAreAsIssued({ contents: all, model, options }: GeminiView): Finding {
  return findIn(all, ({ parts }, index) =>
    findIn(parts, (part, partIndex) => {
      const signature = part['thoughtSignature'];
      if (signature === undefined || isSentinel(textOf(signature))) return undefined;
      if (!isBase64OrBase64Url(textOf(signature))) {
        return geminiRefusal(
          `Invalid value at 'contents[${index}].parts[${partIndex}].thought_signature' (TYPE_BYTES), Base64 decoding failed for "${textOf(signature)}"`,
        );
      }
      const fault = options.issued?.signatureFault(model, part);
      if (fault === undefined) return undefined;
      return geminiRefusal(
        fault === 'moved' ? 'Thought signature is not valid.' : 'Corrupted thought signature.',
      );
    }),
  );
}

/** The first of these that finds a fault answers. */
export const geminiRules: readonly Rule<GeminiView>[] = [
  request.needsApiKey,
  request.apiKeyIsValid,
  request.textIsUnicode,
  request.fieldsAreKnown,
  request.modelExists,
  contents.contentsAreGiven,
  contents.contentsHaveParts,
  contents.rolesAreKnown,
  contents.partsHoldOneThing,
  contents.callsHaveNamesAndArguments,
  contents.responsesAreObjects,
  contents.inlineDataIsReadable,
  contents.imagesInResponsesFitTheModel,
  request.numbersAreInRange,
  request.stopSequencesAreFewEnough,
  request.thinkingIsSetOnce,
  request.thinkingLevelFitsTheModel,
  request.thinkingBudgetFitsTheModel,
  request.schemaNeedsJsonOutput,
  request.outputSchemaIsGivenOnce,
  request.cachedContentStandsAlone,
  tools.functionNamesMatchThePattern,
  tools.functionNamesAreUnique,
  tools.functionsAreFewEnough,
  tools.parametersAreGivenOnce,
  tools.parametersAreObjects,
  tools.parameterNamesMatchThePattern,
  tools.jsonSchemasUseKnownKeywords,
  tools.referencesHaveTargets,
  tools.functionsGoWithTheirOutput,
  tools.functionsGoWithBuiltInTools,
  tools.callingModeIsKnown,
  tools.allowedFunctionsNeedAForcedCall,
  tools.allowedFunctionsAreDeclared,
  tools.forcedCallsNeedFunctions,
  contents.firstContentIsTheUsers,
  contents.callsFollowTheUser,
  contents.responsesFollowTheirCalls,
  contents.everyCallHasAResponse,
  contents.responsesAreInTheOrderOfCalls,
  signaturesAreAsIssued,
  firstCallsAreSigned,
];

/** What the API would answer instead of candidates, or `undefined` if it takes the request. */
export function checkGemini(
  body: JsonValue,
  headers: RequestHeaders,
  options: CheckOptions = {},
): Refusal | undefined {
  if (!isObject(body)) return geminiRefusal('Invalid JSON payload received.');
  return firstRefusal(geminiRules, geminiView(body, headers, options));
}
