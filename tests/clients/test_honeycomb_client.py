"""Datasets, columns, derived columns, annotations and markers through a Honeycomb client of PyPI."""

import time
import unittest

from honeycomb import HoneycombClient
from honeycomb.exceptions import HoneycombAPIError
from honeycomb.models.columns import ColumnCreate, ColumnType
from honeycomb.models.datasets import DatasetCreate, DatasetUpdate
from honeycomb.models.derived_columns import DerivedColumnCreate
from honeycomb.models.markers import MarkerCreate
from honeycomb.models.queries import QuerySpec
from honeycomb.models.query_annotations import QueryAnnotationCreate

from honeycomb_document import watch_httpx
from stack import Stack


class Resources(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        watch_httpx(self)
        self.client = HoneycombClient(api_key="local", base_url=self.stack.url, sync=True)
        self.client.__enter__()
        self.addCleanup(self.client.__exit__, None, None, None)

    def refused(self, status, action, *arguments):
        """Checks that the client is refused with this status."""
        with self.assertRaises(HoneycombAPIError) as refused:
            action(*arguments)
        self.assertEqual(refused.exception.status_code, status)

    def test_a_dataset_with_all_that_belongs_to_it(self):
        datasets, columns = self.client.datasets, self.client.columns
        dataset = datasets.create(DatasetCreate(name="Client App", description="d"))
        self.assertEqual((dataset.slug, dataset.description), ("client-app", "d"))
        self.assertTrue(dataset.settings.delete_protected)
        self.refused(409, datasets.delete, dataset.slug)
        self.refused(422, datasets.create, DatasetCreate.model_construct(name=""))
        update = DatasetUpdate(description="e", expand_json_depth=2)
        self.assertEqual(datasets.update(dataset.slug, update).expand_json_depth, 2)

        column = columns.create(dataset.slug, ColumnCreate(key_name="ms", type=ColumnType.float))
        self.assertEqual(columns.get(dataset.slug, column.id).type, ColumnType.float)
        self.refused(409, columns.create, dataset.slug, ColumnCreate(key_name="ms"))
        again = ColumnCreate(key_name="ms", type=ColumnType.float, description="took")
        self.assertEqual(columns.update(dataset.slug, column.id, again).description, "took")
        self.assertEqual([it.key_name for it in columns.list(dataset.slug)], ["ms"])

        derived = self.client.derived_columns
        slow = derived.create(dataset.slug, DerivedColumnCreate(alias="slow", expression="$ms > 5"))
        self.assertEqual([it.id for it in derived.list(dataset.slug)], [slow.id])
        self.assertEqual([it.id for it in derived.list(dataset.slug, alias="slow")], [slow.id])
        now = int(time.time())
        batch = [{"data": {"ms": n}, "time": now - n} for n in range(10)]
        self.stack.honeycomb("POST", f"/1/batch/{dataset.slug}", batch)
        spec = QuerySpec(
            calculations=[{"op": "COUNT"}],
            filters=[{"column": "slow", "op": "=", "value": True}],
            time_range=600,
        )
        query, result = self.client.query_results.create_and_run(spec, dataset=dataset.slug)
        self.assertEqual([row["COUNT"] for row in result.data.rows], [4])
        derived.delete(dataset.slug, slow.id)
        self.refused(404, derived.get, dataset.slug, slow.id)

        annotations = self.client.query_annotations
        note = annotations.create(dataset.slug, QueryAnnotationCreate(name="n", query_id=query.id))
        changed = QueryAnnotationCreate(name="m", query_id=query.id)
        self.assertEqual(annotations.update(dataset.slug, note.id, changed).name, "m")
        self.assertEqual([it.name for it in annotations.list(dataset.slug)], ["m"])
        annotations.delete(dataset.slug, note.id)
        self.refused(404, annotations.get, dataset.slug, note.id)

        markers = self.client.markers
        marker = markers.create(dataset.slug, MarkerCreate(message="deploy", type="deploy"))
        self.assertEqual([it.id for it in markers.list(dataset.slug)], [marker.id])
        markers.delete(dataset.slug, marker.id)
        self.assertEqual(markers.list(dataset.slug), [])

        columns.delete(dataset.slug, column.id)
        self.assertEqual(columns.list(dataset.slug), [])
        datasets.set_delete_protected(dataset.slug, False)
        datasets.delete(dataset.slug)
        self.refused(404, datasets.get, dataset.slug)
        self.assertEqual(datasets.list(), [])


if __name__ == "__main__":
    unittest.main()
