//! The table of the operations' inputs.
//!
//! Source: AWS's service model of X-Ray, version 2016-04-12, as botocore 1.44 has it. A number that the
//! model requires counts as 0 where it is missing: the service answers a rule without `Version` with
//! "Value '0' at 'samplingRule.version'". The exceptions are those whose shape is called Nullable.
//! `tests/clients/test_xray_shapes.py` breaks every constraint of the model and holds this table to it.

use super::model::{Absent, MadeOf, Map, Member, Range, Shape, Structure, Text};

/// The patterns of the model: of a policy's name, and of an insight's id.
pub const PATTERNS: [&str; 2] = [
    r"[\w+=,.@-]+",
    "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}",
];

const ANY: Range = Range {
    least: None,
    most: None,
};

const fn least(least: i64) -> Range {
    Range {
        least: Some(least),
        most: None,
    }
}

const fn most(most: i64) -> Range {
    Range {
        least: None,
        most: Some(most),
    }
}

const fn between(least: i64, most: i64) -> Range {
    Range {
        least: Some(least),
        most: Some(most),
    }
}

const fn limited(length: Range) -> Text {
    Text {
        length,
        made_of: MadeOf::Anything,
    }
}

const fn text(length: Range) -> Shape {
    Shape::Text(limited(length))
}

const fn one_of(values: &'static [&'static str]) -> Shape {
    Shape::Text(Text {
        length: ANY,
        made_of: MadeOf::OneOf(values),
    })
}

const fn pattern(length: Range, pattern: &'static str) -> Shape {
    Shape::Text(Text {
        length,
        made_of: MadeOf::Pattern(pattern),
    })
}

const fn must(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        absent: Absent::Refused,
        shape,
    }
}

const fn may(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        absent: Absent::Fine,
        shape,
    }
}

const fn zero(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        absent: Absent::Zero,
        shape,
    }
}

const fn input(members: &'static [Member]) -> Structure {
    Structure {
        name: "Input",
        members,
    }
}

const STRING: Shape = text(ANY);
const COUNT: Shape = Shape::Integer(least(0));
const NULLABLE_COUNT: Shape = Shape::Integer(ANY);
const SHARE: Shape = Shape::Number(between(0, 1));
const NEXT_TOKEN: Member = may("NextToken", STRING);
const START: Member = must("StartTime", Shape::Time);
const END: Member = must("EndTime", Shape::Time);
const GROUP_NAME: Member = may("GroupName", text(between(1, 32)));
const GROUP_ARN: Member = may("GroupARN", text(between(1, 400)));
const RULE_NAME: Shape = text(between(1, 32));
const RESOURCE: Member = must("ResourceARN", text(between(1, 1011)));
const TRACE_ID: Shape = text(between(1, 35));
const TAG_KEY: Shape = text(between(1, 128));
const TAGS: Shape = Shape::List(between(0, 200), &Shape::Structure(&TAG));
const POLICY_NAME: Member = must("PolicyName", pattern(between(1, 128), PATTERNS[0]));
const RETRIEVAL: Member = must("RetrievalToken", text(between(0, 1020)));
const INSIGHT_ID: Member = must("InsightId", pattern(ANY, PATTERNS[1]));
const LONG_TOKEN: Member = may("NextToken", text(between(1, 2000)));

static TAG: Structure = Structure {
    name: "Tag",
    members: &[must("Key", TAG_KEY), must("Value", text(between(0, 256)))],
};

static INSIGHTS: Structure = Structure {
    name: "InsightsConfiguration",
    members: &[
        may("InsightsEnabled", Shape::Flag),
        may("NotificationsEnabled", Shape::Flag),
    ],
};

static ATTRIBUTES: Map = Map {
    size: most(5),
    key: limited(between(1, 32)),
    value: limited(between(1, 32)),
};

static BOOST: Structure = Structure {
    name: "SamplingRateBoost",
    members: &[zero("MaxRate", SHARE), zero("CooldownWindowMinutes", COUNT)],
};

static RULE: Structure = Structure {
    name: "SamplingRule",
    members: &[
        may("RuleName", RULE_NAME),
        may("RuleARN", STRING),
        must("ResourceARN", text(most(500))),
        zero("Priority", Shape::Integer(between(1, 9999))),
        zero("FixedRate", SHARE),
        zero("ReservoirSize", COUNT),
        must("ServiceName", text(most(64))),
        must("ServiceType", text(most(64))),
        must("Host", text(most(64))),
        must("HTTPMethod", text(most(10))),
        must("URLPath", text(most(128))),
        zero("Version", Shape::Integer(least(1))),
        may("Attributes", Shape::Map(&ATTRIBUTES)),
        may("SamplingRateBoost", Shape::Structure(&BOOST)),
    ],
};

static RULE_UPDATE: Structure = Structure {
    name: "SamplingRuleUpdate",
    members: &[
        may("RuleName", RULE_NAME),
        may("RuleARN", STRING),
        may("ResourceARN", text(most(500))),
        may("Priority", NULLABLE_COUNT),
        may("FixedRate", Shape::Number(ANY)),
        may("ReservoirSize", NULLABLE_COUNT),
        may("Host", text(most(64))),
        may("ServiceName", text(most(64))),
        may("ServiceType", text(most(64))),
        may("HTTPMethod", text(most(10))),
        may("URLPath", text(most(128))),
        may("Attributes", Shape::Map(&ATTRIBUTES)),
        may("SamplingRateBoost", Shape::Structure(&BOOST)),
    ],
};

static STATISTICS: Structure = Structure {
    name: "SamplingStatisticsDocument",
    members: &[
        must("RuleName", RULE_NAME),
        must("ClientID", text(between(24, 24))),
        must("Timestamp", Shape::Time),
        zero("RequestCount", COUNT),
        zero("SampledCount", COUNT),
        zero("BorrowCount", COUNT),
    ],
};

static BOOST_STATISTICS: Structure = Structure {
    name: "SamplingBoostStatisticsDocument",
    members: &[
        must("RuleName", RULE_NAME),
        must("ServiceName", text(most(64))),
        must("Timestamp", Shape::Time),
        zero("AnomalyCount", COUNT),
        zero("TotalCount", COUNT),
        zero("SampledAnomalyCount", COUNT),
    ],
};

static CONNECTION_ERRORS: Structure = Structure {
    name: "BackendConnectionErrors",
    members: &[
        may("TimeoutCount", NULLABLE_COUNT),
        may("ConnectionRefusedCount", NULLABLE_COUNT),
        may("HTTPCode4XXCount", NULLABLE_COUNT),
        may("HTTPCode5XXCount", NULLABLE_COUNT),
        may("UnknownHostCount", NULLABLE_COUNT),
        may("OtherCount", NULLABLE_COUNT),
    ],
};

static TELEMETRY: Structure = Structure {
    name: "TelemetryRecord",
    members: &[
        must("Timestamp", Shape::Time),
        may("SegmentsReceivedCount", NULLABLE_COUNT),
        may("SegmentsSentCount", NULLABLE_COUNT),
        may("SegmentsSpilloverCount", NULLABLE_COUNT),
        may("SegmentsRejectedCount", NULLABLE_COUNT),
        may(
            "BackendConnectionErrors",
            Shape::Structure(&CONNECTION_ERRORS),
        ),
    ],
};

static STRATEGY: Structure = Structure {
    name: "SamplingStrategy",
    members: &[
        may("Name", one_of(&["PartialScan", "FixedRate"])),
        may("Value", Shape::Number(ANY)),
    ],
};

static PROBABILISTIC: Structure = Structure {
    name: "ProbabilisticRuleValueUpdate",
    members: &[must("DesiredSamplingPercentage", Shape::Number(ANY))],
};

static INDEXING_VALUE: Structure = Structure {
    name: "IndexingRuleValueUpdate",
    members: &[may("Probabilistic", Shape::Structure(&PROBABILISTIC))],
};

static LOGS: Structure = Structure {
    name: "CloudWatchLogsConfiguration",
    members: &[may("SpansLogGroupKmsKeyId", text(between(1, 256)))],
};

static NOTHING: Structure = input(&[]);
static PAGE: Structure = input(&[NEXT_TOKEN]);
static TRACE_IDS: Structure = input(&[must("TraceIds", Shape::List(ANY, &TRACE_ID)), NEXT_TOKEN]);
static ONE_GROUP: Structure = input(&[GROUP_NAME, GROUP_ARN]);

/// Returns the shape of an operation's input; an operation that is not in the model has no members.
#[rustfmt::skip]
pub fn operation(name: &str) -> &'static Structure {
    match name {
        "BatchGetTraces" | "GetTraceGraph" => &TRACE_IDS,
        "CancelTraceRetrieval" => { static S: Structure = input(&[RETRIEVAL]); &S }
        "CreateGroup" => {
            static S: Structure = input(&[
                must("GroupName", text(between(1, 32))),
                may("FilterExpression", STRING),
                may("InsightsConfiguration", Shape::Structure(&INSIGHTS)),
                may("Tags", TAGS),
            ]);
            &S
        }
        "CreateSamplingRule" => {
            static S: Structure = input(&[must("SamplingRule", Shape::Structure(&RULE)), may("Tags", TAGS)]);
            &S
        }
        "DeleteGroup" | "GetGroup" => &ONE_GROUP,
        "DeleteResourcePolicy" => {
            static S: Structure = input(&[POLICY_NAME, may("PolicyRevisionId", STRING)]);
            &S
        }
        "DeleteSamplingRule" => {
            static S: Structure = input(&[may("RuleName", STRING), may("RuleARN", STRING)]);
            &S
        }
        "GetGroups" | "ListResourcePolicies" => {
            static S: Structure = input(&[may("NextToken", text(between(1, 100)))]);
            &S
        }
        "GetIndexingRules" | "GetSamplingRules" | "GetSamplingStatisticSummaries" => &PAGE,
        "GetInsight" => { static S: Structure = input(&[INSIGHT_ID]); &S }
        "GetInsightEvents" => {
            static S: Structure = input(&[
                INSIGHT_ID, may("MaxResults", Shape::Integer(between(1, 50))), LONG_TOKEN,
            ]);
            &S
        }
        "GetInsightImpactGraph" => {
            static S: Structure = input(&[INSIGHT_ID, START, END, LONG_TOKEN]);
            &S
        }
        "GetInsightSummaries" => {
            static S: Structure = input(&[
                may("States", Shape::List(between(0, 1), &one_of(&["ACTIVE", "CLOSED"]))),
                GROUP_ARN, GROUP_NAME, START, END,
                may("MaxResults", Shape::Integer(between(1, 100))), LONG_TOKEN,
            ]);
            &S
        }
        "GetRetrievedTracesGraph" => { static S: Structure = input(&[RETRIEVAL, NEXT_TOKEN]); &S }
        "GetSamplingTargets" => {
            static S: Structure = input(&[
                must("SamplingStatisticsDocuments", Shape::List(most(25), &Shape::Structure(&STATISTICS))),
                may("SamplingBoostStatisticsDocuments", Shape::List(most(25), &Shape::Structure(&BOOST_STATISTICS))),
            ]);
            &S
        }
        "GetServiceGraph" => {
            static S: Structure = input(&[START, END, GROUP_NAME, GROUP_ARN, NEXT_TOKEN]);
            &S
        }
        "GetTimeSeriesServiceStatistics" => {
            static S: Structure = input(&[
                START, END, GROUP_NAME, GROUP_ARN,
                may("EntitySelectorExpression", text(between(1, 500))),
                may("Period", NULLABLE_COUNT), may("ForecastStatistics", Shape::Flag), NEXT_TOKEN,
            ]);
            &S
        }
        "GetTraceSummaries" => {
            static S: Structure = input(&[
                START, END,
                may("TimeRangeType", one_of(&["TraceId", "Event", "Service"])),
                may("Sampling", Shape::Flag), may("SamplingStrategy", Shape::Structure(&STRATEGY)),
                may("FilterExpression", STRING), NEXT_TOKEN,
            ]);
            &S
        }
        "ListRetrievedTraces" => {
            static S: Structure = input(&[RETRIEVAL, may("TraceFormat", one_of(&["XRAY", "OTEL"])), NEXT_TOKEN]);
            &S
        }
        "ListTagsForResource" => { static S: Structure = input(&[RESOURCE, NEXT_TOKEN]); &S }
        "PutEncryptionConfig" => {
            static S: Structure = input(&[
                may("KeyId", text(between(1, 3000))), must("Type", one_of(&["NONE", "KMS"])),
            ]);
            &S
        }
        "PutResourcePolicy" => {
            static S: Structure = input(&[
                POLICY_NAME, must("PolicyDocument", STRING), may("PolicyRevisionId", STRING),
                may("BypassPolicyLockoutCheck", Shape::Flag),
            ]);
            &S
        }
        "PutTelemetryRecords" => {
            static S: Structure = input(&[
                must("TelemetryRecords", Shape::List(ANY, &Shape::Structure(&TELEMETRY))),
                may("EC2InstanceId", text(most(20))), may("Hostname", text(most(255))),
                may("ResourceARN", text(most(500))),
            ]);
            &S
        }
        "PutTraceSegments" => {
            static S: Structure = input(&[must("TraceSegmentDocuments", Shape::List(ANY, &STRING))]);
            &S
        }
        "StartTraceRetrieval" => {
            static S: Structure = input(&[must("TraceIds", Shape::List(between(0, 100), &TRACE_ID)), START, END]);
            &S
        }
        "TagResource" => { static S: Structure = input(&[RESOURCE, must("Tags", TAGS)]); &S }
        "UntagResource" => {
            static S: Structure = input(&[RESOURCE, must("TagKeys", Shape::List(between(0, 200), &TAG_KEY))]);
            &S
        }
        "UpdateGroup" => {
            static S: Structure = input(&[
                GROUP_NAME, GROUP_ARN, may("FilterExpression", STRING),
                may("InsightsConfiguration", Shape::Structure(&INSIGHTS)),
            ]);
            &S
        }
        "UpdateIndexingRule" => {
            static S: Structure = input(&[must("Name", STRING), must("Rule", Shape::Structure(&INDEXING_VALUE))]);
            &S
        }
        "UpdateSamplingRule" => {
            static S: Structure = input(&[must("SamplingRuleUpdate", Shape::Structure(&RULE_UPDATE))]);
            &S
        }
        "UpdateTraceSegmentDestination" => {
            static S: Structure = input(&[
                may("Destination", one_of(&["XRay", "CloudWatchLogs"])),
                may("CloudWatchLogsConfiguration", Shape::Structure(&LOGS)),
            ]);
            &S
        }
        _ => &NOTHING,
    }
}
