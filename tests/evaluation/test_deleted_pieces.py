"""What the rule that deletes short pieces cost and saved, worked by hand at 100 m a pixel."""

import numpy as np

from nnunet_glacier.measures.deleted_pieces import DeletedPieces, deleted_pieces, total


def test_a_false_piece_is_saved_and_a_true_one_costs_its_label():
    """The label is row 0. Kept: columns 0 to 9. Deleted: columns 16 to 18 of it, and two pixels far below.

    Label pixels within 2.5 px of the deleted piece are columns 14 to 20; those within it of the kept end at 11.
    """
    label, kept, deleted = (np.zeros((12, 30), dtype=bool) for _ in range(3))
    label[0] = kept[0, :10] = deleted[0, 16:19] = deleted[10, 3:5] = True
    told = deleted_pieces(deleted, kept, label, 100.0)
    assert told == DeletedPieces(pieces=2, false_pieces=1, deleted_m=500.0, false_m=200.0, label_lost_m=700.0)
    assert total([told, told]).label_lost_m == 1400.0


def test_a_piece_beside_the_kept_line_costs_nothing():
    label, kept, deleted = (np.zeros((5, 9), dtype=bool) for _ in range(3))
    label[0] = kept[0] = deleted[2, 3:5] = True
    assert deleted_pieces(deleted, kept, label, 100.0) == DeletedPieces(1, 0, 200.0, 0.0, 0.0)


def test_without_a_label_every_piece_is_false_and_without_a_size_none_is_deleted():
    nothing, deleted = np.zeros((3, 3), dtype=bool), np.eye(3, dtype=bool)
    assert deleted_pieces(deleted, nothing, nothing, 100.0) == DeletedPieces(1, 1, 300.0, 300.0, 0.0)
    assert deleted_pieces(deleted, nothing, deleted, 100.0).label_lost_m == 300.0
    assert deleted_pieces(deleted, nothing, nothing, np.nan) == deleted_pieces(nothing, nothing, nothing, 100.0)
