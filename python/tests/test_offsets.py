"""What is committed of a partition."""

import unittest

from audience_worker.offsets import Offsets


class OffsetsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.offsets = Offsets()

    def take(self, partition: int, *offsets: int) -> None:
        for offset in offsets:
            self.assertTrue(self.offsets.take(partition, offset))

    def test_a_message_is_committed_when_all_before_it_are_done(self) -> None:
        self.take(0, 5, 6, 9)
        self.take(1, 7)
        self.offsets.done(0, 6)
        self.assertEqual(self.offsets.to_commit(), {})
        self.offsets.done(0, 5)
        self.assertEqual(self.offsets.to_commit(), {0: 7})
        self.assertEqual(self.offsets.to_commit(), {})
        self.offsets.done(1, 7)
        self.offsets.done(0, 9)
        self.assertEqual(self.offsets.to_commit(), {0: 10, 1: 8})
        self.assertTrue(self.offsets.are_done)

    def test_a_partition_that_others_have_is_not_committed(self) -> None:
        self.take(0, 1, 2)
        self.offsets.done(0, 1)
        self.offsets.lose([0])
        self.assertFalse(self.offsets.are_done)
        self.offsets.done(0, 2)
        self.assertEqual(self.offsets.to_commit(), {})
        self.assertTrue(self.offsets.are_done)

    def test_a_message_in_work_that_comes_again_is_not_begun_again(self) -> None:
        self.take(0, 1)
        self.offsets.lose([0])
        self.assertFalse(self.offsets.take(0, 1))
        self.offsets.done(0, 1)
        self.assertEqual(self.offsets.to_commit(), {0: 2})

    def test_a_message_that_was_not_begun_comes_again(self) -> None:
        self.take(0, 1)
        self.offsets.dropped(0, 1)
        self.assertTrue(self.offsets.are_done)
        self.offsets.lose([0])
        self.take(0, 1)


if __name__ == "__main__":
    unittest.main()
