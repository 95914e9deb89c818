"""Numbers with a name in free text."""

from __future__ import annotations

import pytest

from climbdc_tools.text_numbers import read_numbers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("BP 140/90, HR 88", {"systolic pressure": 140, "diastolic pressure": 90, "heart rate": 88}),
        ("blood pressure was 118 / 76 mmHg", {"systolic pressure": 118, "diastolic pressure": 76}),
        ("EF 35%", {"ejection fraction": 35}),
        ("LVEF of 55 %", {"ejection fraction": 55}),
        ("HbA1c 7,2 %", {"hba1c": 7.2}),
        ("a1c: 53 mmol/mol", {"hba1c": 7.0}),
        ("Temp 101.3 F", {"temperature": 38.5}),
        ("T 38.2", {"temperature": 38.2}),
        ("T 101", {"temperature": 38.3}),
        ("weight 70 kg, height 175 cm", {"weight": 70, "height": 175}),
        ("weight 154 lbs", {"weight": 69.9}),
        ("weight 70", {}),
        ("creatinine 88 umol/L", {"creatinine": 1.0}),
        ("glucose 5.6 mmol/l", {"glucose": 100.9}),
        ("SpO2 94% on room air", {"oxygen saturation": 94}),
        ("40 pack-years", {"pack years": 40}),
        ("EF 350%", {}),
        ("seen on 12/10/2020", {}),
        ("BP 12/10/2020", {}),
        ("", {}),
    ],
)
def test_numbers_in_their_usual_unit(text: str, found: dict[str, float]) -> None:
    assert {name: round(value, 1) for name, value in read_numbers(text).items()} == found
