"""The check of shapes finds what is wrong with an answer; a judge that never objects is none."""

import json
import unittest

import botocore.session

import shapes


class Shapes(unittest.TestCase):
    def setUp(self):
        session = botocore.session.get_session()
        self.xray = session.get_service_model("xray")
        self.headers = {"content-type": "application/json", "x-amzn-requestid": "1"}

    def faults(self, operation, body, status=200, **headers):
        model = self.xray.operation_model(operation)
        headers = {**self.headers, **{key.replace("_", "-"): value for key, value in headers.items()}}
        return shapes.of_answer(model, status, headers, json.dumps(body))

    def test_a_good_answer_has_no_fault(self):
        self.assertEqual(self.faults("GetGroups", {"Groups": [{"GroupName": "a"}]}), [])
        error = {"Message": "no", "ResourceName": "x"}
        headers = {"x_amzn_errortype": "ResourceNotFoundException"}
        self.assertEqual(self.faults("UpdateIndexingRule", error, 404, **headers), [])

    def test_each_kind_of_fault_is_named(self):
        record = {"SamplingRuleRecords": [{"SamplingRule": {}}]}
        boost = {"SamplingTargetDocuments": [{"SamplingBoost": {"BoostRate": 1}}]}
        for operation, body, fault in [
            ("GetGroups", [], "answer is [] and not an object"),
            ("GetGroups", {"Grups": []}, "answer.Grups is not in the model"),
            ("GetGroups", {"Groups": {}}, "answer.Groups is {} and not a list"),
            ("GetGroups", {"NextToken": ""}, "answer.NextToken is empty"),
            ("GetGroups", {"Groups": [{"GroupName": 3}]}, "answer.Groups[0].GroupName is 3 and not a text"),
            ("GetSamplingRules", record, "answer.SamplingRuleRecords[0].SamplingRule.Host is missing"),
            ("GetSamplingTargets", boost, "answer.SamplingTargetDocuments[0].SamplingBoost.BoostRateTTL is missing"),
            ("GetSamplingTargets", {"LastRuleModification": "x"}, "answer.LastRuleModification is 'x' and not a number"),
            ("GetSamplingStatisticSummaries", {"SamplingStatisticSummaries": [{"RequestCount": 1.5}]},
             "answer.SamplingStatisticSummaries[0].RequestCount is 1.5 and not a whole number"),
            ("GetIndexingRules", {"IndexingRules": []}, "the length of answer.IndexingRules is 0 and below 1"),
            ("GetTraceSegmentDestination", {"Status": "DONE"},
             "answer.Status is 'DONE' and none of ['PENDING', 'ACTIVE']"),
            ("GetTraceSummaries", {"TraceSummaries": [{"HasFault": 0}]},
             "answer.TraceSummaries[0].HasFault is 0 and not true or false"),
        ]:
            with self.subTest(fault):
                self.assertIn(fault, self.faults(operation, body))

    def test_an_error_must_be_one_of_the_operation_s_own(self):
        faults = self.faults("GetGroup", {}, 404, x_amzn_errortype="ResourceNotFoundException")
        self.assertRegex(faults[0], "ResourceNotFoundException is not among")
        faults = self.faults("UpdateIndexingRule", {}, 400, x_amzn_errortype="ResourceNotFoundException")
        self.assertIn("ResourceNotFoundException has status 400, not 404", faults)

    def test_aws_json_has_its_code_in_the_body_and_no_body_without_output(self):
        logs = botocore.session.get_session().get_service_model("logs")
        headers = {**self.headers, "content-type": "application/x-amz-json-1.1"}

        def faults(operation, body, status=200):
            return shapes.of_json_answer(logs.operation_model(operation), status, headers, body)

        error = b'{"__type": "ResourceNotFoundException", "message": "no"}'
        self.assertEqual(faults("DeleteLogGroup", error, 400), [])
        self.assertEqual(faults("DeleteLogGroup", b""), [])
        self.assertEqual(faults("DescribeLogGroups", b'{"logGroups": []}'), [])
        self.assertIn("there is a body: b'{}'", faults("DeleteLogGroup", b"{}"))
        self.assertRegex(faults("DescribeLogGroups", error, 400)[0], "is not among")
        without_text = b'{"__type": "ResourceNotFoundException"}'
        self.assertRegex(faults("DeleteLogGroup", without_text, 400)[0], "has no message")


if __name__ == "__main__":
    unittest.main()
