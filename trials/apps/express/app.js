// An express app as its users begin: routes, JSON, no word about shutdown.
import express from 'express';

const app = express();
app.use(express.json());

app.get('/', (_request, response) => {
  response.send('Hello');
});

app.get('/users/:id', (request, response) => {
  // Somebody's database.
  setTimeout(() => response.json({ id: request.params.id, name: 'somebody' }), 30 + Math.random() * 300);
});

app.post('/users', (request, response) => {
  response.status(201).json(request.body);
});

app.listen(process.env.PORT ?? 3000);
