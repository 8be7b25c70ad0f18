"""The database: engine, models, migrations, and what is kept in them."""
