"""Traces, filter expressions and graphs of the stack, judged by boto3 and its model."""

import json
import time
import unittest

from botocore.exceptions import ClientError

import shapes
from stack import REGION, Stack

# Each trace is one story; what a filter expression means is said by the names of the stories it finds.
STORIES = {
    "good": {"user": "alice", "annotations": {"age": 30, "plan": "pro", "beta": True}, "took": 0.05},
    "slow": {"user": "bob", "annotations": {"age": 29, "plan": "free"}, "took": 6.0},
    "broken": {"fault": True, "status": 500, "took": 0.2, "throws": "no such table"},
    "wrong": {"error": True, "status": 404, "took": 0.02, "url": "http://api.example.com/nope?x=1"},
    "busy": {"error": True, "throttle": True, "status": 429, "took": 0.01},
    "hidden": {"table_fault": True, "took": 0.3},
    "called": {"calls": "messages", "took": 0.4, "user": "alice"},
    "called-badly": {"calls": "messages", "called_fault": True, "took": 0.5},
    "open": {"in_progress": True},
}


def documents(story, name, number, start):
    """Returns the documents of one trace: a back end, its table, and perhaps a service that it calls."""
    trace_id = f"1-{int(start):08x}-{number:024x}"
    end = start + story.get("took", 0)
    piece = lambda place: f"{number:08x}{place:08x}"
    flags = {key: True for key in ("fault", "error", "throttle") if story.get(key)}
    table = {
        "id": piece(1),
        "name": "DynamoDB",
        "namespace": "aws",
        "start_time": start + 0.001,
        "end_time": start + 0.005,
    }
    if story.get("table_fault"):
        table["fault"] = True
    root = {
        "id": piece(0),
        "name": "backend-flask",
        "trace_id": trace_id,
        "start_time": start,
        "http": {
            "request": {
                "method": "GET",
                "url": story.get("url", "http://api.example.com/api/activities/home"),
                "user_agent": "curl/8.5",
                "client_ip": "10.0.1.17",
            },
            "response": {"status": story.get("status", 200)},
        },
        "origin": "AWS::ECS::Container",
        "annotations": {"story": name, **story.get("annotations", {})},
        "aws": {"ec2": {"instance_id": f"i-{number:04x}", "availability_zone": "us-east-1c"}},
        "subsegments": [table],
        **flags,
    }
    if story.get("in_progress"):
        root["in_progress"] = True
    else:
        root["end_time"] = end
    if "user" in story:
        root["user"] = story["user"]
    if "throws" in story:
        root["cause"] = {"exceptions": [{"id": piece(9), "type": "KeyError", "message": story["throws"]}]}
    sent = [root]
    if "calls" in story:
        call = {
            "id": piece(2),
            "name": "messages.internal",
            "namespace": "remote",
            "start_time": start + 0.01,
            "end_time": end - 0.01,
        }
        root["subsegments"].append(call)
        called = {
            "id": piece(3),
            "name": story["calls"],
            "trace_id": trace_id,
            "parent_id": call["id"],
            "start_time": start + 0.02,
            "end_time": end - 0.02,
        }
        if story.get("called_fault"):
            called["fault"] = True
        sent.append(called)
    return sent


class WithStories(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack()
        cls.addClassCleanup(cls.stack.stop)
        cls.start = int(time.time()) - 600
        cls.names = {}
        sent = []
        for number, (name, story) in enumerate(STORIES.items(), 1):
            of_trace = documents(story, name, number, cls.start + number)
            cls.names[of_trace[0]["trace_id"]] = name
            sent += of_trace
        client = cls.stack.client("xray")
        answer = client.put_trace_segments(TraceSegmentDocuments=[json.dumps(it) for it in sent])
        assert answer["UnprocessedTraceSegments"] == [], answer
        client.create_group(GroupName="fast", FilterExpression="duration < 1")
        client.create_group(GroupName="Cruddur", FilterExpression='service("backend-flask")')
        client.close()

    def setUp(self):
        self.xray = self.client()
        self.range = {"StartTime": self.start, "EndTime": self.start + 300}
        # Graphs and series choose by when a trace arrived, which it did just now.
        self.arrivals = {"StartTime": self.start, "EndTime": self.start + 7200}

    def client(self, region=REGION):
        client = self.stack.client("xray", region)
        self.addCleanup(client.close)
        shapes.attach(self, client)
        return client

    def found(self, expression, **more):
        """Returns the names of the stories that a filter expression means."""
        pages = self.xray.get_paginator("get_trace_summaries").paginate(
            **self.range, FilterExpression=expression, **more
        )
        return {self.names[it["Id"]] for page in pages for it in page["TraceSummaries"]}

    def ids(self, *stories):
        return [trace_id for trace_id, name in self.names.items() if name in stories]


class Filters(WithStories):
    def check(self, *cases):
        for expression, wanted in cases:
            with self.subTest(expression):
                self.assertEqual(self.found(expression), wanted)

    def test_what_the_caller_saw(self):
        everything = set(STORIES)
        self.check(
            ("fault", {"broken"}),
            ("error", {"wrong"}),
            ("throttle", {"busy"}),
            ("ok", everything - {"broken", "wrong", "busy"}),
            ("partial", set()),
            ("!partial AND !ok", {"broken", "wrong", "busy"}),
            ("fault = true", {"broken"}),
            ("fault != true", everything - {"broken"}),
            ("ok !partial duration <3", {"good", "hidden", "called", "called-badly", "open"}),
            ("responsetime > 5", {"slow"}),
            ("responseTime > 5 OR error", {"slow", "wrong"}),
            ("responsetime >= 0.4 and duration <= 0.5", {"called", "called-badly"}),
            ("http.status != 200", {"broken", "wrong", "busy"}),
            ("http.status = 404", {"wrong"}),
            ('http.url CONTAINS "/nope"', {"wrong"}),
            ('http.url BEGINSWITH "http://api.example.com/api/"', everything - {"wrong"}),
            ('http.url ENDSWITH "home" AND http.method = "GET" AND fault', {"broken"}),
            ('http.useragent CONTAINS "curl" AND http.clientip = "10.0.1.17" AND user = "bob"', {"slow"}),
            ("http.url", everything),
        )

    def test_users_annotations_and_machines(self):
        self.check(
            ('user = "alice"', {"good", "called"}),
            ('user CONTAINS ""', {"good", "slow", "called"}),
            ("annotation.age", {"good", "slow"}),
            ("annotation.age > 29", {"good"}),
            ("annotation.age >= 29 AND annotation.age <= 29", {"slow"}),
            ("!annotation.age AND fault", {"broken"}),
            ('annotation.plan = "free"', {"slow"}),
            ('annotation.plan BEGINSWITH "p"', {"good"}),
            ("annotation.beta = true", {"good"}),
            ('annotation[story] = "hidden"', {"hidden"}),
            ('availabilityzone = "us-east-1c" AND throttle', {"busy"}),
            ('instance.id = "i-0002"', {"slow"}),
            ('message CONTAINS "no such table"', {"broken"}),
        )

    def test_services_and_edges(self):
        everything = set(STORIES)
        self.check(
            ('service("backend-flask")', everything),
            ('service("backend-flask") { fault }', {"broken"}),
            ('service("backend-flask") {fault OR error}', {"broken", "wrong"}),
            ('edge(id(name: "backend-flask", type: "client"), id(type: "AWS::ECS::Container")) { fault }', {"broken"}),
            ('!service("messages") AND duration > 0.25 AND duration < 1', {"hidden"}),
            ("service() { fault }", {"broken", "hidden", "called-badly"}),
            ('service("messages")', {"called", "called-badly"}),
            ('service("messages") { ok }', {"called"}),
            ('service("DynamoDB") { fault }', {"hidden"}),
            ('service(id(name: "DynamoDB", type: "AWS::DynamoDB")) { fault = true }', {"hidden"}),
            ('service(id(type: "AWS::ECS::Container")) { root = true and fault = true }', {"broken"}),
            ('service("backend-flask") { responsetime > 5 }', {"slow"}),
            ('edge("backend-flask", "messages")', {"called", "called-badly"}),
            ('edge("backend-flask", "messages") { fault }', {"called-badly"}),
            ('!edge("backend-flask", "messages") AND user = "alice"', {"good"}),
            ('edge("backend-flask", "DynamoDB") { fault }', {"hidden"}),
        )

    def test_groups_and_root_causes(self):
        self.check(
            ('group.name = "fast" AND user = "alice"', {"good", "called"}),
            ('group.name = "Cruddur" AND fault', {"broken"}),
            ('rootcause.fault.service { name = "DynamoDB" inferred }', {"hidden"}),
            ('rootcause.fault.exception { message CONTAINS "table" }', {"broken"}),
        )

    def test_a_wrong_expression_is_refused_with_its_place(self):
        for expression in ("falt", "service(", 'user = "a', "duration > fast", 'group.name = "none"'):
            with self.subTest(expression), self.assertRaises(ClientError) as caught:
                self.found(expression)
            self.assertEqual(caught.exception.response["Error"]["Code"], "InvalidRequestException")


class Summaries(WithStories):
    def test_pages_are_newest_first_and_end(self):
        sent = [documents({}, "many", number, self.start + 20) for number in range(1000, 1230)]
        sent = [json.dumps(document) for of_trace in sent for document in of_trace]
        other = self.client("ap-south-1")
        for place in range(0, len(sent), 50):
            other.put_trace_segments(TraceSegmentDocuments=sent[place : place + 50])
        pages = list(other.get_paginator("get_trace_summaries").paginate(**self.range))
        self.assertNotIn("NextToken", pages[-1])
        self.assertGreater(len(pages), 1)
        ids = [summary["Id"] for page in pages for summary in page["TraceSummaries"]]
        self.assertEqual((len(ids), len(set(ids))), (230, 230))
        self.assertEqual({page["TracesProcessedCount"] for page in pages}, {230})
        starts = [summary["StartTime"] for page in pages for summary in page["TraceSummaries"]]
        self.assertEqual(starts, sorted(starts, reverse=True))

    def test_a_share_of_the_traces_is_the_same_each_time(self):
        half = {"Sampling": True, "SamplingStrategy": {"Name": "FixedRate", "Value": 0.5}}
        once = self.found("", **half)
        self.assertEqual(self.found("", **half), once)
        self.assertLessEqual(once, set(STORIES))
        with self.assertRaises(ClientError):
            self.found("", SamplingStrategy={"Name": "FixedRate", "Value": 2.0})

    def test_regions_are_apart(self):
        elsewhere = self.client("eu-west-1")
        self.assertEqual(elsewhere.get_trace_summaries(**self.range)["TraceSummaries"], [])
        traces = elsewhere.batch_get_traces(TraceIds=self.ids("good"))
        self.assertEqual((traces["Traces"], traces["UnprocessedTraceIds"]), ([], []))
        self.assertEqual(elsewhere.get_service_graph(**self.arrivals)["Services"], [])
        with self.assertRaises(ClientError) as caught:
            elsewhere.get_trace_graph(TraceIds=self.ids("good"))
        self.assertEqual(caught.exception.response["Error"]["Message"], "Trace id not found")

    def test_traces_come_back_with_their_documents(self):
        ids = self.ids("called", "open")
        unknown = "1-00000000-00000000000000000000ffff"
        pages = list(self.xray.get_paginator("batch_get_traces").paginate(TraceIds=[*ids, unknown]))
        traces = {self.names[it["Id"]]: it for page in pages for it in page["Traces"]}
        self.assertEqual([it for page in pages for it in page["UnprocessedTraceIds"]], [])
        self.assertAlmostEqual(traces["called"]["Duration"], 0.4, places=5)
        # The back end, the service that it called, and the table, which is inferred.
        self.assertEqual(len(traces["called"]["Segments"]), 3)
        # Of what is in progress only the finished call lasts.
        self.assertAlmostEqual(traces["open"]["Duration"], 0.004, places=5)
        for segment in traces["called"]["Segments"]:
            document = json.loads(segment["Document"])
            self.assertEqual(document["id"], segment["Id"])
        with self.assertRaises(ClientError):
            self.xray.batch_get_traces(TraceIds=[unknown] * 6)


class Graphs(WithStories):
    def graph(self, **asked):
        """Returns the services by name and type, and the calls by names."""
        pages = self.xray.get_paginator("get_service_graph").paginate(**{**self.arrivals, **asked})
        return self.read([service for page in pages for service in page["Services"]])

    def read(self, services):
        by_id = {service["ReferenceId"]: service for service in services}
        self.assertEqual(len(by_id), len(services))
        named = {(it["Name"], it.get("Type")): it for it in services}
        edges = {
            (it["Name"], it.get("Type"), by_id[edge["ReferenceId"]]["Name"]): edge
            for it in services
            for edge in it["Edges"]
        }
        return named, edges

    def test_services_have_their_requests_and_callers_their_edges(self):
        services, edges = self.graph()
        ecs = "AWS::ECS::Container"
        self.assertEqual(
            set(services),
            {("backend-flask", "client"), ("backend-flask", ecs), ("messages", None), ("DynamoDB", "AWS::DynamoDB")},
        )
        backend = services["backend-flask", ecs]
        self.assertTrue(backend["Root"])
        self.assertEqual((backend["State"], services["DynamoDB", "AWS::DynamoDB"]["State"]), ("active", "unknown"))
        statistics = backend["SummaryStatistics"]
        # One is in progress, and nobody knows yet.
        self.assertEqual(statistics["TotalCount"], len(STORIES) - 1)
        self.assertEqual(statistics["FaultStatistics"], {"OtherCount": 1, "TotalCount": 1})
        self.assertEqual(
            statistics["ErrorStatistics"], {"ThrottleCount": 1, "OtherCount": 1, "TotalCount": 2}
        )
        took = sum(story.get("took", 0) for story in STORIES.values())
        self.assertAlmostEqual(statistics["TotalResponseTime"], took, places=4)
        histogram = backend["ResponseTimeHistogram"]
        self.assertEqual(sum(bucket["Count"] for bucket in histogram), statistics["TotalCount"])
        self.assertEqual(
            set(edges),
            {
                ("backend-flask", "client", "backend-flask"),
                ("backend-flask", ecs, "messages"),
                ("backend-flask", ecs, "DynamoDB"),
            },
        )
        called = edges["backend-flask", ecs, "messages"]["SummaryStatistics"]
        self.assertEqual((called["TotalCount"], called["FaultStatistics"]["TotalCount"]), (2, 1))

    def test_a_group_has_the_graph_of_its_traces(self):
        self.xray.create_group(GroupName="calls", FilterExpression='service("messages")')
        services, _ = self.graph(GroupName="calls")
        self.assertEqual(services["messages", None]["SummaryStatistics"]["TotalCount"], 2)
        self.assertEqual(
            services["DynamoDB", "AWS::DynamoDB"]["SummaryStatistics"]["TotalCount"], 2
        )
        with self.assertRaises(ClientError):
            self.graph(GroupName="none")
        with self.assertRaises(ClientError) as caught:
            self.graph(EndTime=self.start + 7 * 3600)
        self.assertEqual(
            caught.exception.response["Error"]["Message"], "Time range cannot be longer than 6 hours"
        )

    def test_the_graph_of_a_trace_has_only_it(self):
        pages = self.xray.get_paginator("get_trace_graph").paginate(TraceIds=self.ids("hidden"))
        services, edges = self.read([service for page in pages for service in page["Services"]])
        table = services["DynamoDB", "AWS::DynamoDB"]["SummaryStatistics"]
        self.assertEqual((table["TotalCount"], table["FaultStatistics"]["TotalCount"]), (1, 1))
        self.assertEqual(len(edges), 2)
        for ids in (self.ids("called", "hidden"), []):
            with self.assertRaises(ClientError):
                self.xray.get_trace_graph(TraceIds=ids)

    def test_a_retrieval_has_the_graph_of_its_traces(self):
        ids = self.ids("hidden")
        token = self.xray.start_trace_retrieval(TraceIds=ids, **self.range)["RetrievalToken"]
        answer = self.xray.get_retrieved_traces_graph(RetrievalToken=token)
        self.assertEqual(answer["RetrievalStatus"], "COMPLETE")
        direct = self.xray.get_trace_graph(TraceIds=ids)["Services"]
        self.assertEqual([it["Service"] for it in answer["Services"]], direct)

    def test_a_series_adds_up_to_the_graph(self):
        def series(expression=None, period=60):
            more = {"EntitySelectorExpression": expression} if expression else {}
            pages = self.xray.get_paginator("get_time_series_service_statistics").paginate(
                **self.arrivals, Period=period, **more
            )
            found = [it for page in pages for it in page["TimeSeriesServiceStatistics"]]
            stamps = [it["Timestamp"].timestamp() for it in found]
            self.assertEqual(stamps, sorted(stamps, reverse=True))
            self.assertTrue(all(stamp % period == 0 for stamp in stamps), stamps)
            kinds = ("ServiceSummaryStatistics", "EdgeSummaryStatistics")
            return [next(it[kind] for kind in kinds if kind in it) for it in found]

        total = lambda found: sum(it["TotalCount"] for it in found)
        faults = lambda found: sum(it["FaultStatistics"]["TotalCount"] for it in found)
        self.assertEqual(total(series()), len(STORIES) - 1)
        self.assertEqual(total(series('service("backend-flask")', 300)), len(STORIES) - 1)
        self.assertEqual(faults(series('service(id(name: "DynamoDB", type: "AWS::DynamoDB"))')), 1)
        edge = series('edge("backend-flask", "messages")')
        self.assertEqual((total(edge), faults(edge)), (2, 1))
        with self.assertRaises(ClientError):
            series(period=120)
        for expression in ("fault", 'id(name: "DynamoDB")', 'service("a") OR service("b")', "service("):
            with self.assertRaises(ClientError):
                series(expression)


if __name__ == "__main__":
    unittest.main()
