/** Refuses what Anthropic's Messages API refuses, in its words where they are known. */
import type { JsonValue } from '../../../agent/json';
import * as blocks from './strict-anthropic-blocks';
import * as cache from './strict-anthropic-cache';
import * as messages from './strict-anthropic-messages';
import * as request from './strict-anthropic-request';
import * as thinking from './strict-anthropic-thinking';
import * as tools from './strict-anthropic-tools';
import type { AnthropicView } from './strict-anthropic-view';
import { anthropicView } from './strict-anthropic-view';
import type { Refusal, Rule } from './strict-errors';
import { anthropicRefusal, firstRefusal } from './strict-errors';
import { isObject, loneSurrogatePath } from './strict-json';
import type { CheckOptions, RequestHeaders } from './strict-request';

/** Half a surrogate pair is no Unicode text; Python's decoder says so in these words. */
export function textIsUnicode({ body }: AnthropicView): Refusal | undefined {
  const path = loneSurrogatePath(body);
  return path === undefined
    ? undefined
    : anthropicRefusal(`The request body is not valid JSON: no low surrogate in string at ${path}`);
}

/** The first of these that finds a fault answers. */
export const anthropicRules: readonly Rule<AnthropicView>[] = [
  request.needsApiKey,
  request.apiKeyIsValid,
  request.versionIsKnown,
  textIsUnicode,
  request.requiredParametersAreGiven,
  request.parametersAreKnown,
  request.modelExists,
  request.outputLimitIsPossible,
  request.samplingIsInRange,
  request.samplingFitsTheModel,
  request.effortFitsTheModel,
  request.stopSequencesSaySomething,
  request.metadataIsKnown,
  tools.toolFieldsAreKnown,
  tools.toolNamesMatchThePattern,
  tools.toolNamesAreUnique,
  tools.toolSchemasAreObjects,
  tools.toolSchemasHaveNoRootUnion,
  tools.propertyNamesMatchThePattern,
  tools.toolSchemasAreDraft2020,
  tools.strictToolsFitTheSubset,
  tools.outputFormatFitsTheSubset,
  request.toolChoiceIsPossible,
  thinking.thinkingIsWellFormed,
  thinking.thinkingTypeFitsTheModel,
  thinking.thinkingBudgetIsLargeEnough,
  thinking.thinkingLeavesRoomForTheAnswer,
  thinking.manualThinkingForcesNoTool,
  messages.conversationIsNotEmpty,
  messages.rolesAreKnown,
  messages.contentIsTextOrBlocks,
  messages.contentIsNotEmpty,
  blocks.blockTypesAreKnown,
  blocks.blockFieldsAreKnown,
  blocks.blocksStandInTheirRole,
  cache.cacheControlIsWellFormed,
  cache.cachedTextsAreNotEmpty,
  cache.cacheBreakpointsAreFewEnough,
  cache.longCachesComeFirst,
  blocks.textsAreNotEmpty,
  blocks.textsAreNotBlank,
  blocks.userTextsHaveNoCitations,
  blocks.toolUsesAreWellFormed,
  blocks.toolResultsHoldContent,
  blocks.inlineFilesAreWhatTheySay,
  messages.toolUseIdsAreUnique,
  messages.toolUsesHaveResults,
  messages.toolResultsHaveUses,
  messages.toolResultsAreSingle,
  messages.serverToolUsesHaveResults,
  messages.serverToolResultsHaveUses,
  messages.prefillIsSupported,
  messages.prefillDoesNotEndInBlanks,
  thinking.thinkingIsAsIssued,
  thinking.thinkingLeadsTheToolUse,
  thinking.thinkingStaysOnInAToolLoop,
];

/** What the API would answer instead of a message, or `undefined` if it takes the request. */
export function checkAnthropic(
  body: JsonValue,
  headers: RequestHeaders,
  options: CheckOptions = {},
): Refusal | undefined {
  if (!isObject(body)) return anthropicRefusal('Input should be a valid dictionary');
  return firstRefusal(anthropicRules, anthropicView(body, headers, options));
}
