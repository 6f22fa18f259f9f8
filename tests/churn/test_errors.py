from churn.errors import HoldfastError, InputError


def test_an_input_error_names_the_value_and_whose_it_is() -> None:
    error = InputError("age: expected a number", field="age", row=3)

    assert isinstance(error, HoldfastError)
    assert (str(error), error.field, error.row) == ("age: expected a number", "age", 3)
